import { newTrace, sourceChange, writeChanges } from '#events';
import { CanonicalRows, IdentityKeys, type MovedKey, relink } from '#identity';
import {
  createStreams,
  fits,
  hubColumns,
  lockStream,
  moveStream,
  type Row,
  type Store,
  type StreamState,
  type WriteTx,
} from '#store';
import { type Spoken, speak } from './contributions.ts';
import { type GoldenContext, GoldenWriter } from './golden-writer.ts';
import type { ObservationPage, ObserveOutcome } from './observation.ts';
import { mentionAll, ownName, type PreparedRecord, partName, refName } from './prepare.ts';
import { type JudgedRecords, judgeRecords, type SourceChange } from './source-records.ts';

export interface PageContext extends GoldenContext {
  readonly store: Store;
  readonly maxClaims: number;
  mint(): string;
  isOrdered(connection: string, stream: string): boolean;
  /** Whether its records are told as they were observed. */
  tellsSource(connection: string, stream: string): boolean;
}

export interface SetAsideRow {
  readonly key: string;
  readonly raw: string;
  readonly code: string;
  readonly reason: string;
  /** Card numbers that were masked in it. */
  readonly maskedCards: number;
}

export interface PreparedPage {
  readonly page: ObservationPage;
  readonly records: readonly PreparedRecord[];
  readonly setAside: readonly SetAsideRow[];
}

const FENCED: ObserveOutcome = {
  unchanged: 0,
  changed: 0,
  created: 0,
  deleted: 0,
  stale: 0,
  wentBack: 0,
  setAside: 0,
  maskedCards: 0,
  fenced: true,
  touched: [],
};

/** One page in one transaction: load, decide, apply, and move the stream's cursor. */
export async function storePage(context: PageContext, tx: WriteTx, prepared: PreparedPage): Promise<ObserveOutcome> {
  const { page, records, setAside } = prepared;
  const now = context.store.clock();
  const state = await heldStream(tx, page, now);
  if (page.advance && !fits(state, page.advance)) return FENCED;
  const judged = await judgeRecords(
    tx,
    {
      connection: page.connection,
      stream: page.stream,
      startedAt: page.startedAt,
      seenAt: now,
      isOrdered: context.isOrdered(page.connection, page.stream),
      byId: page.through !== 'capture',
    },
    records,
  );
  const trace = page.trace ?? newTrace();
  const touched = judged.changes.length > 0 ? await applyChanges(context, tx, { ...page, trace }, judged, now) : [];
  if (judged.changes.length === 0) await judged.write(tx);
  else if (context.tellsSource(page.connection, page.stream)) {
    await writeChanges(
      tx,
      judged.changes.map((change) => sourceChange(context.model, observationOf(page, change, now, trace))),
    );
  }
  await keepAside(tx, page, records, setAside, now);
  const added = addedRecords(judged.changes);
  if (page.advance) await moveStream(tx, state, page.advance.to, added, now);
  else if (added !== 0) await countRecords(tx, state, added);
  const result = outcome(judged, setAside, touched);
  if (result.maskedCards > 0) await countMaskedCards(tx, state, result.maskedCards);
  return result;
}

function observationOf(
  { connection, stream }: ObservationPage,
  { record, wasLiving }: SourceChange,
  at: number,
  trace: string,
) {
  const op = record.deleted ? ('delete' as const) : wasLiving ? ('update' as const) : ('create' as const);
  return { connection, stream, sourceId: record.sourceId, op, records: record.mapped, at, trace };
}

/** The stream's row is taken first, so pages of one stream never meet. */
async function heldStream(tx: WriteTx, page: ObservationPage, now: number): Promise<StreamState> {
  const state = await lockStream(tx, page.connection, page.stream);
  if (state) return state;
  await createStreams(tx, page.connection, [page.stream], now);
  const created = await lockStream(tx, page.connection, page.stream);
  if (!created) throw new Error(`The state of ${page.connection}.${page.stream} is gone.`);
  return created;
}

async function applyChanges(
  context: PageContext,
  tx: WriteTx,
  page: ObservationPage,
  judged: JudgedRecords,
  now: number,
): Promise<readonly string[]> {
  const before = await readLinks(tx, judged.changes);
  if (context.store.dialect === 'postgresql') await takeMergeLock(tx, mayMerge(judged.changes, before));
  const keys = new IdentityKeys(tx, context.mint);
  for (const { isNew, record } of judged.changes) {
    mentionAll(context.rows, keys, { connection: page.connection, stream: page.stream, isNew }, record.mapped);
  }
  await keys.settle();
  await keys.readIds(before.contributions.map(([keyId]) => Number(keyId)));
  await judged.write(tx);
  const reminted = remint(keys, page, judged.changes);
  const after = currentLinks(keys, page, judged.changes);
  await replace(tx, 'contribution', before.contributions, after.contributions);
  const claims = await replace(tx, 'claim', before.claims, after.claims);
  const affected = new Set([...reminted, ...claims.flatMap(([, from, to]) => [Number(from), Number(to)])]);
  const moved = affected.size > 0 ? await relink(tx, keys, affected, context.maxClaims) : [];
  const dirty = dirtyIds(keys, [...before.contributions, ...after.contributions], moved);
  const task = {
    tx,
    keys,
    canonical: new CanonicalRows(tx),
    spoken: spokenBy(page, judged.changes, after.contributions),
    moved,
    reminted: [...reminted].map((id) => keys.byId(id)),
    origin: page.connection,
    now,
    trace: page.trace ?? newTrace(),
  };
  return new GoldenWriter(context, task).write(dirty);
}

/** What records are tied to, as rows: (key, record) and (record, from, to). */
interface Links {
  readonly contributions: readonly Row[];
  readonly claims: readonly Row[];
}

async function readLinks(tx: WriteTx, changes: readonly SourceChange[]): Promise<Links> {
  const ids = changes.filter(({ isNew }) => !isNew).map(({ id }): Row => [id]);
  return {
    contributions: await tx.selectIn(
      'contribution',
      ['key_id', 'record_id'],
      hubColumns('contribution', 'record_id'),
      ids,
    ),
    claims: await tx.selectIn('claim', ['record_id', 'from_key', 'to_key'], hubColumns('claim', 'record_id'), ids),
  };
}

function currentLinks(keys: IdentityKeys, page: ObservationPage, changes: readonly SourceChange[]): Links {
  const contributions: Row[] = [];
  const claims: Row[] = [];
  for (const { id, record } of changes) {
    for (const value of record.mapped) {
      const own = keys.of(ownName(page.connection, page.stream, value)).id;
      contributions.push([own, id]);
      for (const claim of value.alsoKnownAs ?? []) {
        const target = keys.of(refName(claim, value.entity)).id;
        if (target !== own) claims.push([id, own, target]);
      }
    }
  }
  return { contributions: distinct(contributions), claims: distinct(claims) };
}

function distinct(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [row.join(' '), row])).values()];
}

/** Removes what is gone and adds what is new; answers both. */
async function replace(
  tx: WriteTx,
  table: 'contribution' | 'claim',
  before: readonly Row[],
  after: readonly Row[],
): Promise<readonly Row[]> {
  const had = new Set(before.map((row) => row.join(' ')));
  const has = new Set(after.map((row) => row.join(' ')));
  const gone = before.filter((row) => !has.has(row.join(' ')));
  const added = after.filter((row) => !had.has(row.join(' ')));
  await tx.deleteIn(table, hubColumns(table), gone);
  await tx.insert(table, hubColumns(table), added);
  return [...gone, ...added];
}

/** The same source key is another thing now, and so are its lines. */
function remint(keys: IdentityKeys, page: ObservationPage, changes: readonly SourceChange[]): ReadonlySet<number> {
  const reminted = new Set<number>();
  for (const { isAgain, record } of changes) {
    if (!isAgain) continue;
    for (const value of record.mapped) {
      const names = [ownName(page.connection, page.stream, value)];
      for (const [entity, { items }] of Object.entries(value.parts ?? {})) {
        for (const { key } of items) names.push(partName(page.connection, page.stream, value.key, entity, key));
      }
      for (const name of names) {
        const key = keys.of(name);
        if (key.isNew || reminted.has(key.id)) continue;
        keys.mintAnew(key);
        reminted.add(key.id);
      }
    }
  }
  return reminted;
}

function dirtyIds(keys: IdentityKeys, contributions: readonly Row[], moved: readonly MovedKey[]): Map<string, string> {
  const dirty = new Map<string, string>();
  for (const [keyId] of contributions) {
    const key = keys.byId(Number(keyId));
    dirty.set(key.canonicalId, key.entity);
  }
  for (const { key, from, to } of moved) dirty.set(from, key.entity).set(to, key.entity);
  return dirty;
}

function spokenBy(page: ObservationPage, changes: readonly SourceChange[], contributions: readonly Row[]): Spoken {
  const spoken: Spoken = { records: new Map(), byKey: new Map() };
  for (const { id, record } of changes) {
    const { connection, stream } = page;
    spoken.records.set(id, {
      id,
      connection,
      stream,
      sourceId: record.sourceId,
      mapped: record.mapped,
      isMentioned: true,
    });
  }
  for (const [keyId, recordId] of contributions) speak(spoken, Number(keyId), Number(recordId));
  return spoken;
}

function mayMerge(changes: readonly SourceChange[], before: Links): boolean {
  if (before.claims.length > 0) return true;
  return changes.some(({ isAgain, record }) => isAgain || record.mapped.some(({ alsoKnownAs }) => alsoKnownAs));
}

const MERGE_LOCK = 7_311_002;

/** Whoever may join or part clusters works alone; all others work side by side. */
export async function takeMergeLock(tx: WriteTx, isExclusive: boolean): Promise<void> {
  await tx.run(`select pg_advisory_xact_lock${isExclusive ? '' : '_shared'}(${MERGE_LOCK})`);
}

function addedRecords(changes: readonly SourceChange[]): number {
  let added = 0;
  for (const { wasLiving, record } of changes) added += (record.deleted ? 0 : 1) - (wasLiving ? 1 : 0);
  return added;
}

async function countRecords(tx: WriteTx, state: StreamState, added: number): Promise<void> {
  await tx.updateIn(
    'stream_state',
    hubColumns('stream_state', 'connection', 'stream'),
    hubColumns('stream_state', 'records'),
    [[state.connection, state.stream, state.records + added]],
  );
}

async function countMaskedCards(tx: WriteTx, state: StreamState, masked: number): Promise<void> {
  await tx.updateIn(
    'stream_state',
    hubColumns('stream_state', 'connection', 'stream'),
    hubColumns('stream_state', 'masked_cards'),
    [[state.connection, state.stream, state.maskedCards + masked]],
  );
}

const ASIDE_KEY = hubColumns('set_aside', 'connection', 'stream', 'source_id');

/** Records that could be stored are no longer set aside; those set aside again count one more attempt. */
async function keepAside(
  tx: WriteTx,
  page: ObservationPage,
  stored: readonly PreparedRecord[],
  setAside: readonly SetAsideRow[],
  now: number,
): Promise<void> {
  const name = (key: string): Row => [page.connection, page.stream, key];
  const [any] = await tx.selectIn('set_aside', ['stream'], hubColumns('set_aside', 'connection', 'stream'), [
    [page.connection, page.stream],
  ]);
  if (any)
    await tx.deleteIn(
      'set_aside',
      ASIDE_KEY,
      stored.map(({ sourceId }) => name(sourceId)),
    );
  if (setAside.length === 0) return;
  const latest = new Map(setAside.map((row) => [row.key, row]));
  const known = await tx.selectIn('set_aside', ['source_id', 'attempts'], ASIDE_KEY, [...latest.keys()].map(name));
  const attempts = new Map(known.map(([key, count]) => [String(key), Number(count)]));
  await tx.upsert(
    'set_aside',
    hubColumns('set_aside'),
    [...latest.values()].map(({ key, raw, code, reason }) => [
      ...name(key),
      raw,
      code,
      reason,
      now,
      (attempts.get(key) ?? 0) + 1,
    ]),
    ['connection', 'stream', 'source_id'],
  );
}

function outcome(
  { verdicts, changes }: JudgedRecords,
  setAside: readonly SetAsideRow[],
  touched: readonly string[],
): ObserveOutcome {
  const holders = [...changes.map(({ record }) => record), ...setAside];
  return {
    unchanged: verdicts.unchanged,
    changed: verdicts.change + verdicts.again + verdicts.goneBack,
    created: verdicts.create,
    deleted: verdicts.delete,
    stale: verdicts.stale,
    wentBack: verdicts.goneBack,
    setAside: setAside.length,
    maskedCards: holders.reduce((sum, { maskedCards }) => sum + maskedCards, 0),
    fenced: false,
    touched,
  };
}
