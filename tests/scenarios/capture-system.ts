/** A small outside system with its connector, made to show every trouble that capture has to live with. */
import { defineConnector, type Http, RejectedRecordError, type SourceRecord, type StreamAbilities } from 'isthmus/sdk';
import {
  createSandboxClock,
  createSandboxRouter,
  openSandboxStore,
  type SandboxHandler,
  SandboxRefusal,
  type SandboxReply,
  type SandboxRequest,
  type SandboxRows,
  startSandboxServer,
} from 'isthmus/sdk/testing';
import { z } from 'zod';

export interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  /** ISO, with the precision of the system's clock. */
  readonly changed: string;
}

export const PAGE_SIZE = 50;
/** Far enough back that no overlap reaches it. */
const SEEDED_AT = Date.parse('2026-01-01T00:00:00.000Z');

export interface TestSystemOptions {
  readonly port?: number;
  readonly file?: string;
  /** Of the change stamps, milliseconds. */
  readonly precisionMs?: number;
  readonly items?: number;
  readonly notes?: number;
  /** Seconds that a login lives; for ever when absent. */
  readonly sessionLife?: number;
}

export async function startTestSystem(options: TestSystemOptions = {}) {
  const clock = createSandboxClock({ precisionMs: options.precisionMs ?? 1000 });
  const table = {
    key: 'id',
    columns: { changed: 'text' },
    indexes: [['changed']],
    stamp: (row: Row, at: Date) => ({ ...row, changed: at.toISOString() }),
  } as const;
  const store = openSandboxStore({ file: options.file, clock, tables: { items: table, notes: table, plain: table } });
  await store.seedOnce(`${options.items ?? 0}/${options.notes ?? 0}`, () => {
    store.table<Row>('items').seed(seedRows('item', options.items ?? 0));
    store.table<Row>('notes').seed(seedRows('note', options.notes ?? 0));
  });
  const state = {
    tokens: new Set<string>(),
    issued: 0,
    refuseLogin: false,
    pageSize: PAGE_SIZE,
    underWay: 0,
    mostUnderWay: 0,
  };
  const router = createSandboxRouter();
  router.on('POST', '/login', () => {
    if (state.refuseLogin) return { status: 401, body: { error: 'no such user' } };
    state.issued += 1;
    const token = `token-${state.issued}`;
    state.tokens.add(token);
    return { body: { token, ...(options.sessionLife && { life: options.sessionLife }) } };
  });
  const on = (method: string, path: string, handler: SandboxHandler) => {
    router.on(method, path, (request) => {
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      if (!state.tokens.has(token)) throw new SandboxRefusal({ status: 401, body: { error: 'log in' } });
      return handler(request);
    });
  };
  const rowsOf = (request: SandboxRequest) => store.table<Row>(request.params.stream!);
  on('GET', '/check', () => ({ body: { product: 'test', version: '1' } }));
  on('GET', '/slowly', async () => {
    state.underWay += 1;
    state.mostUnderWay = Math.max(state.mostUnderWay, state.underWay);
    await new Promise((resolve) => setTimeout(resolve, 5));
    state.underWay -= 1;
    return { body: {} };
  });
  on('GET', '/:stream/all', (request) => allPage(request, rowsOf(request), state.pageSize));
  on('GET', '/:stream/ids', (request) => idsPage(request, rowsOf(request), state.pageSize));
  on('GET', '/:stream/changed', (request) => changedPage(request, rowsOf(request), state.pageSize));
  on('GET', '/:stream/token', () => ({ body: { token: String(store.commits.last) } }));
  on('GET', '/:stream/since', (request) => sincePage(request, state.pageSize));
  on('POST', '/:stream/lookup', (request) => {
    const keys = request.json<{ keys: string[] }>().keys;
    return {
      body: {
        records: rowsOf(request)
          .getMany(keys)
          .filter((row) => row !== undefined),
      },
    };
  });
  const server = await startSandboxServer({ name: 'test', port: options.port, handler: router.handle, clock, store });

  function sincePage(request: SandboxRequest, size: number): SandboxReply {
    const from = Number(request.query.get('from') ?? request.query.get('token'));
    if (request.query.get('token') === 'lost') return { status: 410, body: { error: 'token too old' } };
    const table = request.params.stream!;
    const commits = store.commits.entries({ since: from, table, limit: size });
    const records = commits.map((commit) => ({ ...(commit.after ?? { id: commit.key }), gone: commit.after === null }));
    if (commits.length < size) return { body: { records, token: String(Math.max(from, store.commits.last)) } };
    return { body: { records, next: `/${table}/since?from=${commits.at(-1)!.sequence}` } };
  }

  return Object.assign(server, {
    store,
    state,
    items: store.table<Row>('items'),
    notes: store.table<Row>('notes'),
    plain: store.table<Row>('plain'),
    /** Ends all logins. */
    expireSessions: () => state.tokens.clear(),
  });
}

export type TestSystem = Awaited<ReturnType<typeof startTestSystem>>;

export function* seedRows(prefix: string, count: number): Generator<Row> {
  for (let n = 1; n <= count; n++) {
    const id = `${prefix}-${String(n).padStart(5, '0')}`;
    yield { id, name: `${prefix} ${n}`, changed: new Date(SEEDED_AT + n * 1000).toISOString() };
  }
}

function allPage(request: SandboxRequest, rows: SandboxRows<Row>, size: number): SandboxReply {
  const after = request.query.get('after') ?? '';
  const found = rows.select({ where: { sql: 'key > ?', params: [after] }, orderBy: 'key', limit: size });
  const last = found.at(-1)?.id;
  const next = found.length < size ? undefined : `${request.path}?after=${last}`;
  return { body: twisted(request, { records: found, next }) };
}

/** What a broken system does to a page. */
function twisted(request: SandboxRequest, page: { records: object[]; next?: string }) {
  if (request.trouble('repeatPage')) return { ...page, next: `${request.path}?after=&again=${Math.random()}` };
  if (request.trouble('sameLink')) return { records: page.records.slice(1), next: `${request.path}?${request.search}` };
  if (request.trouble('dropKey')) {
    return { ...page, records: page.records.map((row, i) => (i === 1 ? { ...row, id: undefined } : row)) };
  }
  return page;
}

function idsPage(request: SandboxRequest, rows: SandboxRows<Row>, size: number): SandboxReply {
  if (request.trouble('emptyList')) return { body: { ids: [] } };
  const after = request.query.get('after') ?? '';
  const found = rows.select({ where: { sql: 'key > ?', params: [after] }, orderBy: 'key', limit: size });
  const ids = found.map((row) => row.id);
  return { body: { ids, ...(ids.length === size && { next: `${request.path}?after=${ids.at(-1)}` }) } };
}

/** Keyset paging by (stamp, key). */
function changedPage(request: SandboxRequest, rows: SandboxRows<Row>, size: number): SandboxReply {
  const changed = rows.column('changed');
  const [stamp, key] = (request.query.get('after') ?? '').split('|');
  const where =
    stamp && key
      ? { sql: `(${changed}, key) > (?, ?)`, params: [stamp, key] }
      : { sql: `${changed} >= ?`, params: [request.query.get('since') ?? ''] };
  const found = rows.select({ where, orderBy: `${changed}, key`, limit: size });
  const last = found.at(-1);
  const next = found.length < size || !last ? undefined : `${request.path}?after=${last.changed}|${last.id}`;
  return { body: twisted(request, { records: found, next }) };
}

interface Answer {
  readonly records: readonly (Row & { readonly gone?: boolean })[];
  readonly next?: string;
  readonly token?: string;
}

function toRecords({ records }: Answer): readonly SourceRecord[] {
  return records.map((row) => ({
    key: row.id,
    source: row,
    ...(row.changed && { changedAt: Date.parse(row.changed) }),
    ...(row.gone && { deleted: true as const }),
  }));
}

async function page(http: Http, path: string, query: Record<string, string>, next: string | undefined) {
  const { body } = await http.json<Answer>(next === undefined ? { path, query } : { path: next });
  return { records: toRecords(body), ...(body.next && { next: body.next }), ...(body.token && { token: body.token }) };
}

const map = ({ source }: SourceRecord) => {
  const { id, name } = source as Row;
  if (name === 'BROKEN') throw new RejectedRecordError('The name is broken.');
  if (name === 'BUG') throw new TypeError('cannot read properties of undefined');
  return [{ entity: 'Product' as const, values: { number: id, name } }];
};

const common = {
  map,
  normalizeKey: (key: string) => key.toLowerCase(),
};

const snapshotOf = (stream: string) =>
  ((request, http) => page(http, `${stream}/all`, {}, request.page)) satisfies StreamAbilities['snapshot'];

const lookupOf = (stream: string) =>
  (async ({ keys }, http) => {
    const { body } = await http.json<Answer>({ method: 'POST', path: `${stream}/lookup`, body: { keys }, safe: true });
    return toRecords(body);
  }) satisfies StreamAbilities['lookup'];

/**
 * `items` are found by stamp and sweeps, `notes` by token and tombstones, `plain` has nothing but a snapshot, and of
 * `loose`, which are the same, it can only be asked whether they exist.
 */
export const testConnector = defineConnector({
  manifest: {
    id: 'test',
    title: 'Test system',
    category: 'other',
    versions: ['1'],
    maturity: 'experimental',
    limits: { concurrency: 4, requestsPerSecond: 1000, requestsPerDay: 1_000_000 },
    streams: {
      items: {
        title: 'Items',
        entities: ['Product'],
        snapshot: { pageSize: PAGE_SIZE },
        changes: { by: 'stamp', precision: 's', visibilityLag: 2, stamps: 'all', deletes: 'none' },
        lookup: { maxBatch: 20 },
        listIds: { pageSize: PAGE_SIZE },
        version: 'orders',
      },
      notes: {
        title: 'Notes',
        entities: ['Product'],
        snapshot: { pageSize: PAGE_SIZE },
        changes: { by: 'token', visibilityLag: 30, stamps: 'all', deletes: 'tombstone' },
        lookup: { maxBatch: 20 },
        version: 'none',
      },
      plain: {
        title: 'Plain',
        entities: ['Product'],
        snapshot: { pageSize: PAGE_SIZE },
        lookup: { maxBatch: 20 },
        version: 'none',
      },
      loose: {
        title: 'Loose',
        entities: ['Product'],
        snapshot: { pageSize: PAGE_SIZE },
        confirm: { maxBatch: 20 },
        version: 'none',
      },
    },
  },
  config: z.object({ url: z.url(), user: z.string(), password: z.string(), timeout: z.number().default(30_000) }),
  protocol: {
    baseUrl: (config) => config.url,
    async open(config, http) {
      const body = { user: config.user, password: config.password };
      const answer = await http.json<{ token: string; life?: number }>({
        method: 'POST',
        path: 'login',
        body,
        safe: true,
      });
      const { token, life } = answer.body;
      return { headers: { authorization: `Bearer ${token}` }, ...(life && { expiresAt: Date.now() + life * 1000 }) };
    },
    readQuota({ headers }) {
      const [used, limit] = (headers['x-quota'] ?? '').split('/').map(Number);
      return used && limit ? { used, limit } : undefined;
    },
  },
  connect: ({ timeout }) => ({
    async check(http) {
      const { body } = await http.json<{ product: string; version: string }>({ path: 'check', timeout });
      return { status: 'ok', ...body };
    },
    streams: {
      items: {
        ...common,
        snapshot: snapshotOf('items'),
        changes: (({ since = 0, page: next }, http) => {
          return page(http, 'items/changed', { since: new Date(since).toISOString() }, next);
        }) satisfies StreamAbilities['changes'],
        lookup: lookupOf('items'),
        listIds: (async (request, http) => {
          const { body } = await http.json<{ ids: string[]; next?: string }>({ path: request.page ?? 'items/ids' });
          return { keys: body.ids, ...(body.next && { next: body.next }) };
        }) satisfies StreamAbilities['listIds'],
      },
      notes: {
        ...common,
        snapshot: snapshotOf('notes'),
        changes: (({ token = '', page: next }, http) => {
          return page(http, 'notes/since', { token }, next);
        }) satisfies StreamAbilities['changes'],
        latestToken: async (http: Http) => (await http.json<{ token: string }>({ path: 'notes/token' })).body.token,
        lookup: lookupOf('notes'),
      },
      plain: { ...common, snapshot: snapshotOf('plain'), lookup: lookupOf('plain') },
      loose: {
        ...common,
        snapshot: snapshotOf('plain'),
        confirm: (async ({ keys }, http) => {
          return (await lookupOf('plain')({ keys, select: [] }, http)).map(({ key }) => key);
        }) satisfies StreamAbilities['confirm'],
      },
    },
  }),
});
