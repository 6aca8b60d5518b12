/**
 * Two servers for one case. `hub`: a store, its log and the graph over them, with a writer beside it. `floor`: a bare
 * WebSocket server that sends the same messages to the same clients, without store or graph.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { openSubscriptions } from '../../scenarios/subscriptions-world.ts';

const { kind, folder, customers, perSecond } = JSON.parse(process.argv[2]!) as {
  readonly kind: 'hub' | 'floor';
  readonly folder: string;
  readonly customers: number;
  readonly perSecond: number;
};

/** Writes one customer after the other, each named by the moment. */
function pace(write: (customer: number) => void): void {
  const begin = Date.now();
  let written = 0;
  setInterval(() => {
    for (; written < ((Date.now() - begin) / 1000) * perSecond; written++) write(written % customers);
  }, 5);
}

const seen = (customer: number, version: number) => ({
  key: String(customer),
  version,
  mapped: [{ entity: 'Customer', values: { number: String(customer), name: String(Date.now()) } }],
});

if (kind === 'hub') {
  const world = await openSubscriptions({ kind: 'sqlite', folder });
  await world.see('erp', 'partner', ...Array.from({ length: customers }, (_, customer) => seen(customer, 1)));
  console.log(`The floor answers at ${world.server.url}`);
  process.once('SIGUSR2', () => {
    let version = 1;
    pace((customer) => {
      version += 1;
      void world.see('erp', 'partner', seen(customer, version));
    });
  });
} else {
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' });
  const followers = new Map<string, WebSocket[]>();
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type !== 'subscribe') return;
      const number = payload.variables.filter.number.eq as string;
      followers.set(number, [...(followers.get(number) ?? []), socket]);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(`The floor answers at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  process.once('SIGUSR2', () =>
    pace((customer) => {
      const after = { number: String(customer), name: String(Date.now()) };
      const customerChanged = { op: 'UPDATE', after, resumeToken: 'x'.repeat(34) };
      const text = JSON.stringify({ id: '1', type: 'next', payload: { data: { customerChanged } } });
      for (const socket of followers.get(String(customer)) ?? []) socket.send(text);
    }),
  );
}
