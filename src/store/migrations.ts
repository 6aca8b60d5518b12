import type { Dialect } from './store.ts';

/**
 * The hub's own tables. What has been released is never edited: a change is a new entry at the end. Written once, in
 * words that are spelt per store: `serial key` (numbered by the database), `record key` (numbered by us).
 */
const forPostgres = (statement: string) =>
  statement
    .replaceAll(/\bserial key\b/g, 'bigint generated always as identity primary key')
    .replaceAll(/\brecord key\b/g, 'bigint primary key')
    .replaceAll(/\btext\b/g, 'text collate "C"')
    .replaceAll(/ without rowid$/g, '');

const forSqlite = (statement: string) =>
  statement
    .replaceAll(/\bserial key\b/g, 'integer primary key autoincrement')
    .replaceAll(/\brecord key\b/g, 'integer primary key')
    .replaceAll(/\bbigint\b/g, 'integer');

const HUB = [
  'create table hub_meta (key text not null primary key, value text not null)',
  `create table stream_state (connection text not null, stream text not null, phase text not null,
      position text, cursor text, epoch bigint not null, fresh_through bigint, fingerprint text, sweep_position text,
      last_sweep_at bigint, last_error_code text, last_error text, records bigint not null, updated_at bigint not null,
      primary key (connection, stream))`,
  `create table lease (name text not null primary key, holder text not null, epoch bigint not null,
      expires_at bigint not null)`,
  `create table set_aside (id serial key, connection text not null, stream text not null,
      source_id text not null, raw text not null, code text not null, reason text not null, at bigint not null,
      attempts bigint not null, unique (connection, stream, source_id))`,
];

const IDENTITY = [
  'create sequence identity_key_numbers',
  'create sequence observed_record_numbers',
  `create table canonical_id (id text not null primary key, entity text not null, minted_at bigint not null,
      survivor text, sequence bigint not null, state text not null) without rowid`,
  `create table identity_key (id record key, connection text not null, stream text not null,
      source_id text not null, entity text not null, minted_id text not null, canonical_id text not null,
      unique (connection, stream, source_id, entity))`,
  'create index identity_key_canonical on identity_key (canonical_id)',
  `create table observed_record (id record key, connection text not null, stream text not null,
      source_id text not null, hash text not null, version bigint, created_at bigint, read_started_at bigint not null,
      seen_at bigint not null, deleted integer not null, mapped text, unique (connection, stream, source_id))`,
  `create table claim (record_id bigint not null, from_key bigint not null, to_key bigint not null,
      primary key (record_id, from_key, to_key)) without rowid`,
  'create index claim_from on claim (from_key, to_key)',
  'create index claim_to on claim (to_key, from_key)',
  `create table contribution (key_id bigint not null, record_id bigint not null,
      primary key (key_id, record_id)) without rowid`,
  'create index contribution_record on contribution (record_id)',
];

const CHANGES = [
  `create table change_row (id serial key, "partition" integer not null, "offset" bigint,
      entity text not null, canonical_id text not null, sequence bigint not null, op text not null, other_id text,
      before text, after text, changed text not null, owners text not null, origin text, at bigint not null,
      done integer not null)`,
  'create index change_row_unassigned on change_row ("partition", id) where "offset" is null',
  'create unique index change_row_offset on change_row ("partition", "offset") where "offset" is not null',
  'create index change_row_canonical on change_row (canonical_id, sequence)',
];

const TOPICS = [
  `create table log_position (reader text not null, "partition" integer not null, "offset" bigint not null,
      primary key (reader, "partition")) without rowid`,
  `create table parked_key (entity text not null, canonical_id text not null, "partition" integer not null,
      "offset" bigint not null, reason text not null, at bigint not null,
      primary key (canonical_id)) without rowid`,
  `create table state_again (canonical_id text not null, "partition" integer not null,
      primary key (canonical_id)) without rowid`,
];

const OUTBOX = [
  'alter table change_row add column trace text',
  'alter table parked_key add column topic text',
  'alter table parked_key add column releasing integer not null default 0',
  `create table topic_job (id text not null primary key, kind text not null, reader text not null, entity text,
      topic text, from_at bigint, to_at bigint, state text not null, error text, created_at bigint not null,
      updated_at bigint not null)`,
  `create table topic_job_part (job text not null, "partition" integer not null, position text, stop bigint,
      told bigint not null, state text not null, primary key (job, "partition")) without rowid`,
];

const WEBHOOKS = [
  `create table webhook_endpoint (id text not null primary key, url text not null, description text,
      entities text not null, ops text not null, fields text, state text not null, reason text,
      state_at bigint not null, revision bigint not null, epoch bigint not null, failing_since bigint,
      failures bigint not null, hold_until bigint, given_up bigint not null, created_at bigint not null)`,
  `create table webhook_secret (endpoint text not null, secret text not null, created_at bigint not null,
      valid_until bigint, primary key (endpoint, secret))`,
  `create table webhook_retry (endpoint text not null, canonical_id text not null, "partition" integer not null,
      "offset" bigint not null, through bigint not null, attempts bigint not null, failed_at bigint,
      next_at bigint not null, error text, primary key (endpoint, canonical_id))`,
  `create table webhook_delivery (id serial key, endpoint text not null, event_id text not null, entity text,
      canonical_id text, "partition" integer, "offset" bigint, attempt bigint not null, at bigint not null,
      latency_ms bigint, status bigint, outcome text not null, error text, next_at bigint)`,
  'create index webhook_delivery_endpoint on webhook_delivery (endpoint, id)',
];

const CARDS = ['alter table stream_state add column masked_cards bigint not null default 0'];

const RELEASED = [
  { name: '001-hub', statements: HUB },
  { name: '002-identity', statements: IDENTITY },
  { name: '003-changes', statements: CHANGES },
  { name: '004-topics', statements: TOPICS },
  { name: '005-outbox', statements: OUTBOX },
  { name: '006-webhooks', statements: WEBHOOKS },
  { name: '007-masked-cards', statements: CARDS },
];

export interface HubMigration {
  readonly name: string;
  readonly statements: readonly string[];
}

/** In their order, in the words of one store. */
export function hubMigrations(dialect: Dialect): readonly HubMigration[] {
  const spell = dialect === 'postgresql' ? forPostgres : forSqlite;
  return RELEASED.map(({ name, statements }) => ({
    name,
    statements: statements
      .filter((statement) => dialect === 'postgresql' || !statement.startsWith('create sequence'))
      .map(spell),
  }));
}

/** Where it is told which of them were run. */
export const MIGRATION_TABLE = 'hub_migration';

/** Whether all were run, going by the names that the table holds. */
export function isMigrated(found: Iterable<unknown>): boolean {
  const names = new Set(found);
  return RELEASED.every(({ name }) => names.has(name));
}
