/** A small Tally: its API as its makers describe it, over rows of its own. It does not know the connector. */
import {
  createSandboxClock,
  createSandboxRouter,
  openSandboxStore,
  type SandboxRequest,
  type SandboxRows,
  type SandboxServer,
  startSandboxServer,
} from 'isthmus/sdk/testing';

interface Customer extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  readonly updated: string;
}

export interface TallyOptions {
  readonly port?: number;
  /** How many customers there are at first; 60 when absent. */
  readonly customers?: number;
}

export type TallySandbox = SandboxServer & Awaited<ReturnType<typeof openTally>>;

const API_KEY = 'tally-demo-key';
const FOUNDED = Date.parse('2026-01-01T00:00:00.000Z');

export async function startTally(options: TallyOptions = {}): Promise<TallySandbox> {
  const parts = await openTally(options);
  const { clock, store, table } = parts;
  const router = createSandboxRouter();
  router.on('GET', '/api/version', () => ({ body: { version: '3' } }));
  router.on('GET', '/api/customers', (request) => ({ body: customers(request, table) }));
  router.on('GET', '/api/customers/ids', (request) => ({ body: ids(request, table) }));
  const server = await startSandboxServer({
    name: 'tally',
    ...(options.port !== undefined && { port: options.port }),
    clock,
    store,
    handler: (request) =>
      request.headers['x-api-key'] === API_KEY
        ? router.handle(request)
        : { status: 401, body: { error: 'unknown key' } },
  });
  return Object.assign(server, parts);
}

async function openTally({ customers: count = 60 }: TallyOptions) {
  const clock = createSandboxClock({ precisionMs: 1 });
  const stamp = (row: Customer, at: Date) => ({ ...row, updated: at.toISOString() });
  const columns = { updated: 'text' } as const;
  const store = openSandboxStore({
    clock,
    tables: { customer: { key: 'id', columns, indexes: [['updated']], stamp } },
  });
  const table = store.table<Customer>('customer');
  await store.seedOnce(String(count), () => {
    table.seed(Array.from({ length: count }, (_, at) => seeded(at)));
  });
  return { clock, store, table, apiKey: API_KEY, ready: { apiKey: API_KEY }, hands: handsOf(table, clock.nowMs) };
}

const idOf = (at: number) => `C-${String(at).padStart(5, '0')}`;

function seeded(at: number): Customer {
  const stamp = new Date(FOUNDED + at * 60_000).toISOString();
  const limit = at % 3 === 0 ? null : { value: `${at}000.00`, currency: 'EUR' };
  return { id: idOf(at), name: `Customer ${at}`, email: null, limit, blocked: false, created: stamp, updated: stamp };
}

/** By id; by (updated, id) where only changes are asked for; by name of ids, in no order that counts. */
function customers({ query }: SandboxRequest, table: SandboxRows<Customer>) {
  const asked = query.get('ids');
  if (asked !== null) return { items: table.getMany(asked.split(',')).filter((row) => row !== undefined), next: null };
  const limit = Number(query.get('limit') ?? 20);
  const since = query.get('changedSince');
  const rows =
    since === null ? byId(table, query.get('after'), limit) : changed(table, since, query.get('after'), limit);
  const last = rows.at(-1);
  const position = last && (since === null ? last.id : `${last.updated}/${last.id}`);
  return { items: rows, next: rows.length === limit ? position : null };
}

function byId(table: SandboxRows<Customer>, after: string | null, limit: number): Customer[] {
  return table.select({ where: { sql: 'key > ?', params: [after ?? ''] }, limit });
}

function changed(table: SandboxRows<Customer>, since: string, after: string | null, limit: number): Customer[] {
  const updated = table.column('updated');
  const [stamp = since, id = ''] = after?.split('/') ?? [];
  return table.select({
    where: { sql: `(${updated}, key) >= (?, ?) and not (${updated} = ? and key = ?)`, params: [stamp, id, stamp, id] },
    orderBy: `${updated}, key`,
    limit,
  });
}

function ids({ query }: SandboxRequest, table: SandboxRows<Customer>) {
  const limit = Number(query.get('limit') ?? 20);
  const found = byId(table, query.get('after'), limit).map(({ id }) => id);
  return { ids: found, next: found.length === limit ? found.at(-1)! : null };
}

/** What people do with the system while a hub reads it; the conformance kit asks for it. */
function handsOf(table: SandboxRows<Customer>, now: () => number) {
  let made = 50_000;
  const edited = (key: string) => ({ ...table.get(key), id: key, name: `Edited ${made++}` });
  return {
    missingKey: idOf(99_999),
    async create(count: number) {
      return Array.from({ length: count }, () => table.insert(seeded(made++)).id);
    },
    async edit(key: string) {
      table.update(key, edited(key));
    },
    async remove(key: string) {
      table.delete(key);
    },
    async stampTogether(keys: readonly string[]) {
      table.commitLate(keys.map(edited), { stampedAt: new Date(now()) });
    },
    async commitLate(key: string, secondsAgo: number) {
      table.commitLate([edited(key)], { stampedAt: new Date(now() - secondsAgo * 1000) });
    },
  };
}
