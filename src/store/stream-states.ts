import { hubColumns } from './hub-tables.ts';
import type { Row, SqlValue } from './layout.ts';
import type { Store, WriteTx } from './store.ts';
import type { Lease, SetAside, StreamAdvance, StreamMove, StreamState, StreamStates } from './stream-state.ts';

const COLUMNS = hubColumns('stream_state').map(({ name }) => name);
const KEY = hubColumns('stream_state', 'connection', 'stream');
const COLUMN_OF: Readonly<Record<keyof StreamMove, string>> = {
  phase: 'phase',
  position: 'position',
  cursor: 'cursor',
  freshThrough: 'fresh_through',
  fingerprint: 'fingerprint',
  sweepPosition: 'sweep_position',
  lastSweepAt: 'last_sweep_at',
};

export function streamStates(store: Store): StreamStates {
  const list = COLUMNS.join(', ');
  const parameter = (position: number) => store.placeholder(position);
  return {
    async load(connection, stream) {
      const [row] = await store.reader.all(
        `select ${list} from stream_state where connection = ${parameter(1)} and stream = ${parameter(2)}`,
        [connection, stream],
      );
      return row && fromRow(row);
    },
    async list() {
      const rows = await store.reader.all(`select ${list} from stream_state order by connection, stream`);
      return rows.map(fromRow);
    },
    create: (connection, streams) => store.write((tx) => createStreams(tx, connection, streams, store.clock())),
    acquire: (connection, holder, ttlMs) =>
      store.write((tx) => acquireLease(tx, connection, holder, store.clock(), ttlMs)),
    renew: (lease, ttlMs) => store.write((tx) => renewLease(tx, lease, store.clock() + ttlMs)),
    release: (lease) =>
      store.write(async (tx) => {
        await renewLease(tx, lease, 0);
      }),
    advance: (connection, stream, advance) =>
      store.write(async (tx) => {
        const state = await lockStream(tx, connection, stream);
        if (!state || !fits(state, advance)) return false;
        await moveStream(tx, state, advance.to, 0, store.clock());
        return true;
      }),
    fail: (connection, stream, error) =>
      store.write((tx) =>
        tx.updateIn('stream_state', KEY, hubColumns('stream_state', 'last_error_code', 'last_error', 'updated_at'), [
          [connection, stream, error.code, error.message, store.clock()],
        ]),
      ),
    setAside: (query) => readSetAside(store, query),
    async countSetAside(connection) {
      const [row] = await store.reader.all(`select count(*) from set_aside where connection = ${parameter(1)}`, [
        connection,
      ]);
      return Number(row?.[0] ?? 0);
    },
  };
}

/** The stream's row, held until the transaction ends: whoever stores something of a stream takes it first. */
export async function lockStream(tx: WriteTx, connection: string, stream: string): Promise<StreamState | undefined> {
  const [row] = await tx.lockIn('stream_state', COLUMNS, KEY, [[connection, stream]]);
  return row && fromRow(row);
}

export async function createStreams(
  tx: WriteTx,
  connection: string,
  streams: readonly string[],
  now: number,
): Promise<void> {
  await tx.insertIgnore(
    'stream_state',
    hubColumns('stream_state', 'connection', 'stream', 'phase', 'epoch', 'records', 'updated_at'),
    streams.toSorted().map((stream) => [connection, stream, 'snapshot', 0, 0, now]),
  );
}

/** Whether a stream still stands where the reader of a page believes. */
export function fits(state: StreamState, { epoch, from }: StreamAdvance): boolean {
  return (
    state.epoch === epoch &&
    state.phase === from.phase &&
    state.position === from.position &&
    state.cursor === from.cursor
  );
}

/** Moves a locked stream, counts its living records, and forgets its last error. */
export async function moveStream(
  tx: WriteTx,
  state: StreamState,
  move: StreamMove,
  recordsAdded: number,
  now: number,
): Promise<void> {
  const moved = (Object.keys(COLUMN_OF) as (keyof StreamMove)[]).filter((name) => move[name] !== undefined);
  const columns = [...moved.map((name) => COLUMN_OF[name]), 'records', 'last_error_code', 'last_error', 'updated_at'];
  const values = [...moved.map((name) => move[name] ?? null), state.records + recordsAdded, null, null, now];
  await tx.updateIn('stream_state', KEY, hubColumns('stream_state', ...columns), [
    [state.connection, state.stream, ...values],
  ]);
}

const LEASE_KEY = hubColumns('lease', 'name');

async function acquireLease(
  tx: WriteTx,
  connection: string,
  holder: string,
  now: number,
  ttlMs: number,
): Promise<Lease | undefined> {
  const name = `capture:${connection}`;
  await tx.insertIgnore('lease', hubColumns('lease'), [[name, '', 0, 0]]);
  const [held] = await tx.lockIn('lease', ['holder', 'epoch', 'expires_at'], LEASE_KEY, [[name]]);
  if (!held) throw new Error(`The lease ${name} is gone.`);
  const [by, epoch, expiresAt] = held;
  if (by !== holder && Number(expiresAt) > now) return undefined;
  const lease: Lease = { name, holder, epoch: Number(epoch) + 1, expiresAt: now + ttlMs };
  await tx.upsert('lease', hubColumns('lease'), [[name, holder, lease.epoch, lease.expiresAt]], ['name']);
  await tx.updateIn('stream_state', hubColumns('stream_state', 'connection'), hubColumns('stream_state', 'epoch'), [
    [connection, lease.epoch],
  ]);
  return lease;
}

async function renewLease(tx: WriteTx, lease: Lease, expiresAt: number): Promise<boolean> {
  const [held] = await tx.lockIn('lease', ['holder', 'epoch'], LEASE_KEY, [[lease.name]]);
  if (held?.[0] !== lease.holder || held[1] !== lease.epoch) return false;
  await tx.updateIn('lease', LEASE_KEY, hubColumns('lease', 'expires_at'), [[lease.name, expiresAt]]);
  return true;
}

const SET_ASIDE = ['connection', 'stream', 'source_id', 'raw', 'code', 'reason', 'at', 'attempts'];

async function readSetAside(
  store: Store,
  query: Parameters<StreamStates['setAside']>[0],
): Promise<readonly SetAside[]> {
  const params: SqlValue[] = [query.connection];
  const conditions = [`connection = ${store.placeholder(1)}`];
  if (query.stream !== undefined) {
    params.push(query.stream);
    conditions.push(`stream = ${store.placeholder(params.length)}`);
  }
  if (query.after !== undefined) {
    params.push(query.after);
    conditions.push(`source_id > ${store.placeholder(params.length)}`);
  }
  params.push(query.limit);
  const rows = await store.reader.all(
    `select ${SET_ASIDE.join(', ')} from set_aside where ${conditions.join(' and ')} order by source_id, stream limit ${store.placeholder(params.length)}`,
    params,
  );
  return rows.map(([connection, stream, sourceId, raw, code, reason, at, attempts]) => ({
    connection: String(connection),
    stream: String(stream),
    sourceId: String(sourceId),
    raw: String(raw),
    code: String(code),
    reason: String(reason),
    at: Number(at),
    attempts: Number(attempts),
  }));
}

const text = (value: SqlValue | undefined) => (value === null || value === undefined ? null : String(value));
const number = (value: SqlValue | undefined) => (value === null || value === undefined ? null : Number(value));

function fromRow(row: Row): StreamState {
  return {
    connection: String(row[0]),
    stream: String(row[1]),
    phase: row[2] === 'changes' ? 'changes' : 'snapshot',
    position: text(row[3]),
    cursor: text(row[4]),
    epoch: Number(row[5]),
    freshThrough: number(row[6]),
    fingerprint: text(row[7]),
    sweepPosition: text(row[8]),
    lastSweepAt: number(row[9]),
    lastErrorCode: text(row[10]),
    lastError: text(row[11]),
    records: Number(row[12]),
    updatedAt: Number(row[13]),
    maskedCards: Number(row[14]),
  };
}
