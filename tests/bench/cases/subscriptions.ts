import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import WebSocket from 'ws';
import { startFloor } from '../floors/process.ts';
import { residentMegabytes } from '../hub.ts';
import { type BenchResult, result } from '../result.ts';

const CLIENTS = 1000;
const CUSTOMERS = 100;
const CHANGES_PER_SECOND = 100;
const WARM_UP_MS = 2000;
const MEASURE_MS = 8000;

const QUERY = `subscription ($filter: CustomerChangeFilter) {
  customerChanged(filter: $filter) { op after { number name } resumeToken }
}`;

interface Found {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly megabytes: number;
  readonly idleMegabytes: number;
}

/** 1,000 clients, ten to a customer, and 100 changes a second: from before the write to the client, by one clock. */
export async function subscriptions(): Promise<BenchResult[]> {
  const hub = await measureKind('hub');
  const floor = await measureKind('floor');
  const goal = { text: 'p99 < 200 ms', isMet: (_ratio: number, value: number) => value < 200 };
  const notes = {
    'p50 ms': Math.round(hub.p50),
    'events/s': Math.round(hub.perSecond),
    MB: Math.round(hub.megabytes),
    'MB before clients': Math.round(hub.idleMegabytes),
    'floor MB': Math.round(floor.megabytes),
  };
  return [result('subscriptions', { value: hub.p99, floor: floor.p99, unit: 'ms' }, goal, notes)];
}

async function measureKind(kind: 'hub' | 'floor'): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-bench-subscriptions-'));
  const server = await startFloor('subscriptions', {
    kind,
    folder,
    customers: CUSTOMERS,
    perSecond: CHANGES_PER_SECOND,
  });
  const idleMegabytes = residentMegabytes(server.pid);
  const latencies: number[] = [];
  let isMeasuring = false;
  const sockets: WebSocket[] = [];
  try {
    for (let client = 0; client < CLIENTS; client++) {
      const told = ({ name }: { readonly name: string }) => {
        if (isMeasuring) latencies.push(Date.now() - Number(name));
      };
      sockets.push(await subscribe(server.url, String(client % CUSTOMERS), told));
    }
    await wait(500);
    server.signal('SIGUSR2');
    await wait(WARM_UP_MS);
    isMeasuring = true;
    await wait(MEASURE_MS);
    isMeasuring = false;
    if (latencies.length === 0) throw new Error('No event arrived.');
    const sorted = latencies.sort((left, right) => left - right);
    return {
      p50: sorted[Math.floor(sorted.length * 0.5)]!,
      p99: Math.max(1, sorted[Math.floor(sorted.length * 0.99)]!),
      perSecond: (sorted.length * 1000) / MEASURE_MS,
      megabytes: residentMegabytes(server.pid),
      idleMegabytes,
    };
  } finally {
    for (const socket of sockets) socket.terminate();
    server.signal('SIGKILL');
    await server.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves once the server acknowledged the connection. */
function subscribe(url: string, number: string, told: (after: { readonly name: string }) => void): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.once('error', reject);
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'next') told(payload.data.customerChanged.after);
      if (type !== 'connection_ack') return;
      const variables = { filter: { number: { eq: number } } };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY, variables } }));
      resolve(socket);
    });
  });
}
