/**
 * Two servers for one case. `hub`: a store, its log and the graph over them, with a writer beside it. `floor`: a bare
 * WebSocket server that sends the same messages to the same clients, without store or graph.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type WebSocket, WebSocketServer } from 'ws';
import { startPlacement } from '#events';
import { openStore } from '#store';
import { openWorld } from '../../scenarios/observe-world.ts';
import { serveSubscriptions } from '../../scenarios/subscriptions-world.ts';
import { testModel } from '../../systems/postgres/test-model.ts';

const { kind, folder, customers, perSecond } = JSON.parse(process.argv[2]!) as {
  readonly kind: 'hub' | 'floor';
  readonly folder: string;
  readonly customers: number;
  readonly perSecond: number;
};

/** At most so many in one page. */
const PAGE = 50;

/** Customers one after the other, those that are due as one page, as capture brings them. */
async function pace(write: (customers: readonly number[], round: number) => Promise<unknown>): Promise<void> {
  const begin = Date.now();
  for (let written = 0; ; ) {
    const due = Math.floor(((Date.now() - begin) / 1000) * perSecond) - written;
    const page = Array.from({ length: Math.min(due, PAGE) }, (_, at) => (written + at) % customers);
    written += page.length;
    if (page.length > 0) await write(page, written);
    await wait(5);
  }
}

const seen = (customer: number, version: number) => ({
  key: String(customer),
  version,
  mapped: [{ entity: 'Customer', values: { number: String(customer), name: String(Date.now()) } }],
});

if (!isMainThread) await write();
else if (kind === 'hub') await serve();
else sendBare();

/** As in a hub, whoever writes has a thread of its own. */
async function write(): Promise<void> {
  const world = await openWorld({ kind: 'sqlite', folder });
  const placement = startPlacement(world.store, (error) => console.error(error));
  await world.see('erp', 'partner', ...Array.from({ length: customers }, (_, customer) => seen(customer, 1)));
  parentPort!.postMessage('ready');
  parentPort!.once('message', () => {
    void pace(async (page, round) => {
      await world.see('erp', 'partner', ...page.map((customer) => seen(customer, round + 1)));
      placement.wake();
    });
  });
}

async function serve(): Promise<void> {
  const writer = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  await new Promise((resolve) => writer.once('message', resolve));
  const store = await openStore({ kind: 'sqlite', folder }, testModel(), { role: 'reader' });
  const { server } = await serveSubscriptions(store, {}, (error) => console.error(error));
  console.log(`The floor answers at ${server.url}`);
  process.once('SIGUSR2', () => writer.postMessage('begin'));
}

function sendBare(): void {
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
    pace(async (page) => {
      for (const customer of page) tellAll(customer);
    }),
  );
  const tellAll = (customer: number) => {
    const after = { number: String(customer), name: String(Date.now()) };
    const customerChanged = { op: 'UPDATE', after, resumeToken: 'x'.repeat(34) };
    const text = JSON.stringify({ id: '1', type: 'next', payload: { data: { customerChanged } } });
    for (const socket of followers.get(String(customer)) ?? []) socket.send(text);
  };
}
