/** Endpoints as the store holds them. What an operator asks for is written here first; the dispatcher then follows. */
import type { ChangeOp } from '#events';
import { hubColumns, type Row, type SqlValue, type Store, type WriteTx } from '#store';

/**
 * `active` also while it fails and is tried again. `paused`: by an operator, or since it took nothing for long.
 * `disabled`: it answered 410 Gone. `gap`: changes that it had not got are no longer kept.
 */
export type WebhookState = 'active' | 'paused' | 'disabled' | 'gap';

export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly entities: readonly string[];
  readonly ops: readonly ChangeOp[];
  /** Updates are sent only when one of these changed. */
  readonly fields: readonly string[] | null;
  readonly state: WebhookState;
  readonly reason: string | null;
  readonly stateAt: number;
  /** Another one after anything that an operator changed. */
  readonly revision: number;
  /** Another one after an operator moved it in the log: whoever still works from before may not store where it stood. */
  readonly epoch: number;
  /** Since then it took nothing. */
  readonly failingSince: number | null;
  /** Failed attempts since it last took something. */
  readonly failures: number;
  /** It asked to be left alone until then. */
  readonly holdUntil: number | null;
  /** Events given up so far. */
  readonly givenUp: number;
  readonly createdAt: number;
}

/** So many failures one after the other make an endpoint failing: one request at a time, and nothing new is read. */
export const FAILING_AFTER = 5;

type Read = (sql: string, params?: readonly SqlValue[]) => readonly Row[] | Promise<readonly Row[]>;

const NAMES = hubColumns('webhook_endpoint').map(({ name }) => name);
const SELECT = `select ${NAMES.map((name) => `"${name}"`).join(', ')} from webhook_endpoint`;

export const ENDPOINT_KEY = hubColumns('webhook_endpoint', 'id');

export function readerOf(store: Store): Read {
  return (sql, params) => store.reader.all(sql, params);
}

export async function loadEndpoints(read: Read): Promise<readonly WebhookEndpoint[]> {
  return (await read(`${SELECT} order by created_at, id`)).map(fromRow);
}

/** Locked until the transaction ends. Undefined: there is none. */
export async function lockEndpoint(tx: WriteTx, id: string): Promise<WebhookEndpoint | undefined> {
  const [row] = await tx.lockIn('webhook_endpoint', NAMES, ENDPOINT_KEY, [[id]]);
  return row && fromRow(row);
}

export async function writeEndpoint(tx: WriteTx, endpoint: WebhookEndpoint): Promise<void> {
  await tx.upsert('webhook_endpoint', hubColumns('webhook_endpoint'), [toRow(endpoint)], ['id']);
}

/** The present one first, then those from before that are still valid. */
export async function loadSecrets(store: Store, endpoint: string, now: number): Promise<readonly string[]> {
  const rows = await store.reader.all(
    `select secret, valid_until from webhook_secret where endpoint = ${store.placeholder(1)} order by created_at desc`,
    [endpoint],
  );
  return rows.filter(([, until]) => until == null || Number(until) > now).map(([secret]) => String(secret));
}

/** Where an endpoint stands, under this name among the log's readers. */
export function readerName(endpoint: string): string {
  return `webhook:${endpoint}`;
}

export async function loadPositions(read: Read, store: Store, endpoint: string): Promise<ReadonlyMap<number, number>> {
  const rows = await read(`select "partition", "offset" from log_position where reader = ${store.placeholder(1)}`, [
    readerName(endpoint),
  ]);
  return new Map(rows.map(([partition, offset]) => [Number(partition), Number(offset)]));
}

export async function savePositions(
  tx: WriteTx,
  endpoint: string,
  positions: Iterable<readonly [partition: number, offset: number]>,
): Promise<void> {
  const rows = [...positions].map(([partition, offset]) => [readerName(endpoint), partition, offset]);
  await tx.upsert('log_position', hubColumns('log_position'), rows, ['reader', 'partition']);
}

function fromRow(row: Row): WebhookEndpoint {
  const number = (value: SqlValue | undefined) => (value == null ? null : Number(value));
  const text = (value: SqlValue | undefined) => (value == null ? null : String(value));
  return {
    id: String(row[0]),
    url: String(row[1]),
    description: text(row[2]),
    entities: JSON.parse(String(row[3])),
    ops: JSON.parse(String(row[4])),
    fields: row[5] == null ? null : JSON.parse(String(row[5])),
    state: String(row[6]) as WebhookState,
    reason: text(row[7]),
    stateAt: Number(row[8]),
    revision: Number(row[9]),
    epoch: Number(row[10]),
    failingSince: number(row[11]),
    failures: Number(row[12]),
    holdUntil: number(row[13]),
    givenUp: Number(row[14]),
    createdAt: Number(row[15]),
  };
}

function toRow(endpoint: WebhookEndpoint): Row {
  return [
    endpoint.id,
    endpoint.url,
    endpoint.description,
    JSON.stringify(endpoint.entities),
    JSON.stringify(endpoint.ops),
    endpoint.fields && JSON.stringify(endpoint.fields),
    endpoint.state,
    endpoint.reason,
    endpoint.stateAt,
    endpoint.revision,
    endpoint.epoch,
    endpoint.failingSince,
    endpoint.failures,
    endpoint.holdUntil,
    endpoint.givenUp,
    endpoint.createdAt,
  ];
}
