import type { Column, ColumnType } from './layout.ts';

const text = (name: string): Column => ({ name, type: 'text' });
const bigint = (name: string): Column => ({ name, type: 'bigint' });
const integer = (name: string): Column => ({ name, type: 'integer' });

/** The columns of the hub's own tables, as set operations name them. The tables themselves come by migrations. */
export const hubTables = {
  hub_meta: [text('key'), text('value')],
  stream_state: [
    text('connection'),
    text('stream'),
    text('phase'),
    text('position'),
    text('cursor'),
    bigint('epoch'),
    bigint('fresh_through'),
    text('fingerprint'),
    text('sweep_position'),
    bigint('last_sweep_at'),
    text('last_error_code'),
    text('last_error'),
    bigint('records'),
    bigint('updated_at'),
    bigint('masked_cards'),
  ],
  lease: [text('name'), text('holder'), bigint('epoch'), bigint('expires_at')],
  canonical_id: [text('id'), text('entity'), bigint('minted_at'), text('survivor'), bigint('sequence'), text('state')],
  identity_key: [
    bigint('id'),
    text('connection'),
    text('stream'),
    text('source_id'),
    text('entity'),
    text('minted_id'),
    text('canonical_id'),
  ],
  claim: [bigint('record_id'), bigint('from_key'), bigint('to_key')],
  contribution: [bigint('key_id'), bigint('record_id')],
  observed_record: [
    bigint('id'),
    text('connection'),
    text('stream'),
    text('source_id'),
    text('hash'),
    bigint('version'),
    bigint('created_at'),
    bigint('read_started_at'),
    bigint('seen_at'),
    integer('deleted'),
    text('mapped'),
  ],
  change_row: [
    integer('partition'),
    bigint('offset'),
    text('entity'),
    text('canonical_id'),
    bigint('sequence'),
    text('op'),
    text('other_id'),
    text('before'),
    text('after'),
    text('changed'),
    text('owners'),
    text('origin'),
    bigint('at'),
    integer('done'),
    text('trace'),
  ],
  log_position: [text('reader'), integer('partition'), bigint('offset')],
  parked_key: [
    text('entity'),
    text('canonical_id'),
    integer('partition'),
    bigint('offset'),
    text('reason'),
    bigint('at'),
    text('topic'),
    integer('releasing'),
  ],
  state_again: [text('canonical_id'), integer('partition')],
  topic_job: [
    text('id'),
    text('kind'),
    text('reader'),
    text('entity'),
    text('topic'),
    bigint('from_at'),
    bigint('to_at'),
    text('state'),
    text('error'),
    bigint('created_at'),
    bigint('updated_at'),
  ],
  topic_job_part: [text('job'), integer('partition'), text('position'), bigint('stop'), bigint('told'), text('state')],
  webhook_endpoint: [
    text('id'),
    text('url'),
    text('description'),
    text('entities'),
    text('ops'),
    text('fields'),
    text('state'),
    text('reason'),
    bigint('state_at'),
    bigint('revision'),
    bigint('epoch'),
    bigint('failing_since'),
    bigint('failures'),
    bigint('hold_until'),
    bigint('given_up'),
    bigint('created_at'),
  ],
  webhook_secret: [text('endpoint'), text('secret'), bigint('created_at'), bigint('valid_until')],
  webhook_retry: [
    text('endpoint'),
    text('canonical_id'),
    integer('partition'),
    bigint('offset'),
    bigint('through'),
    bigint('attempts'),
    bigint('failed_at'),
    bigint('next_at'),
    text('error'),
  ],
  webhook_delivery: [
    text('endpoint'),
    text('event_id'),
    text('entity'),
    text('canonical_id'),
    integer('partition'),
    bigint('offset'),
    bigint('attempt'),
    bigint('at'),
    bigint('latency_ms'),
    bigint('status'),
    text('outcome'),
    text('error'),
    bigint('next_at'),
  ],
  set_aside: [
    text('connection'),
    text('stream'),
    text('source_id'),
    text('raw'),
    text('code'),
    text('reason'),
    bigint('at'),
    bigint('attempts'),
  ],
} as const satisfies Record<string, readonly Column[]>;

export type HubTable = keyof typeof hubTables;

/** Some columns of a hub table, in the order asked for. */
export function hubColumns(table: HubTable, ...names: readonly string[]): readonly Column[] {
  const columns: readonly Column[] = hubTables[table];
  if (names.length === 0) return columns;
  return names.map((name) => {
    const column = columns.find((candidate) => candidate.name === name);
    if (!column) throw new Error(`${table} has no column ${name}.`);
    return column;
  });
}

export function sqlType(type: ColumnType, dialect: 'sqlite' | 'postgresql'): string {
  if (dialect === 'sqlite') return type === 'text' ? 'text' : 'integer';
  return type === 'text' ? 'text collate "C"' : type;
}

export function quoted(name: string): string {
  return `"${name}"`;
}
