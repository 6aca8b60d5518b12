/**
 * Live reads: the records that a level's stale values were taken from are looked up in their systems, one call a
 * stream, and what they say now is written over the rows. A system that is down leaves the last observed values.
 */
import type { Contribution, KnownValues } from '#golden';
import { survive } from '#golden';
import { isIsthmusError, type WantedFields } from '#sdk';
import { streamId } from './graph.ts';
import type { DegradedKey, Level, LevelLive, LevelSources, MutableRow, Source } from './levels.ts';
import type { LiveReader, LiveRecord } from './live-reader.ts';
import { mappedFor, readPartKeys } from './live-values.ts';
import { wantedFields } from './live-wanted.ts';
import { chain, type MaybePromise, settled } from './maybe-promise.ts';
import type { UnitPlan } from './plan.ts';
import type { Run } from './run.ts';

/** What is asked of one stream, and what came of it. */
interface Asked {
  readonly connection: string;
  readonly stream: string;
  readonly keys: Set<string>;
  records?: ReadonlyMap<string, LiveRecord>;
  failure?: unknown;
}

/** By row, then by unit of the plan: the sources to be asked, none where the store is fresh enough. */
type Wanted = readonly (readonly (readonly Source[])[])[];

export function refreshLevel(run: Run, level: Level): MaybePromise<void> {
  const { live } = run.graph;
  if (!live) return undefined;
  return chain(settled([readPartKeys(run, level)]), () => refreshFrom(run, live, level));
}

function refreshFrom(run: Run, live: LiveReader, level: Level): MaybePromise<void> {
  return chain(stubSources(run, level), (stubs) => {
    const asked = new Map<string, Asked>();
    const wanted = level.rows.map((_, index) => wantedOf(run, live, level, index, stubs, asked));
    if (asked.size === 0) return undefined;
    const fields = wantedFields(run, level);
    return Promise.all([...asked.values()].map((stream) => ask(live, stream, fields))).then(() => {
      level.live = applyLive(run, live, level, wanted, asked);
    });
  });
}

async function ask(live: LiveReader, asked: Asked, fields: WantedFields | undefined): Promise<void> {
  try {
    asked.records = await live.lookupMany(asked.connection, asked.stream, [...asked.keys], fields);
  } catch (error) {
    asked.failure = error;
  }
}

/** What was referred to but never observed has no golden record: its source keys tell whom to ask. */
function stubSources(run: Run, level: Level): MaybePromise<ReadonlyMap<string, readonly Source[]>> {
  const ids: string[] = [];
  level.rows.forEach((row, index) => {
    if (isEmpty(level.sources!.units[index]!)) ids.push(row[0] as string);
  });
  if (ids.length === 0) return NONE;
  const { syntax } = run.graph;
  const text = syntax.finish(
    `SELECT k.canonical_id, k.connection, k.stream, k.source_id FROM ${syntax.list('p')} CROSS JOIN identity_key k WHERE k.canonical_id = p.value`,
  );
  return chain(run.graph.read(text, [JSON.stringify(ids)]), (rows) => {
    const found = new Map<string, Source[]>();
    rows.forEach(([id, connection, stream, sourceId], at) => {
      const from = streamId(connection as string, stream as string);
      const source = { id: -1 - at, connection, stream, streamId: from, sourceId, seenAt: 0 } as Source;
      const known = found.get(id as string);
      if (known) known.push(source);
      else found.set(id as string, [source]);
    });
    return found;
  });
}

const NONE: ReadonlyMap<string, readonly Source[]> = new Map();
const NOBODY: readonly Source[] = [];

function wantedOf(
  run: Run,
  live: LiveReader,
  level: Level,
  index: number,
  stubs: ReadonlyMap<string, readonly Source[]>,
  asked: Map<string, Asked>,
): readonly (readonly Source[])[] {
  return level.plan.units.map((unit) => {
    const seconds = unit.isLive ? 0 : run.secondsOf(unit.staleness);
    if (seconds === undefined) return NOBODY;
    const sources = speakers(run, level, index, unit, stubs).filter((source) => {
      run.relied.add(source.connection);
      return isStale(run, source, seconds) && live.canLookup(source.connection, source.stream);
    });
    for (const { connection, stream, streamId: id, sourceId } of sources) {
      let one = asked.get(id);
      if (!one) {
        one = { connection, stream, keys: new Set() };
        asked.set(id, one);
      }
      one.keys.add(sourceId);
    }
    return sources;
  });
}

/** Who speaks for a unit: the record it was taken from; for what is never stored, all of the row's, owners first. */
function speakers(
  run: Run,
  level: Level,
  index: number,
  unit: UnitPlan,
  stubs: ReadonlyMap<string, readonly Source[]>,
): readonly Source[] {
  const { units, byId } = level.sources as LevelSources;
  const known = units[index]!;
  const winner = known[unit.name];
  if (winner !== undefined) {
    const source = byId.get(winner);
    return source ? [source] : NOBODY;
  }
  if (isEmpty(known)) return stubs.get(level.rows[index]![0] as string) ?? NOBODY;
  if (!unit.isLive) return NOBODY;
  const { ownership } = run.graph;
  const rank = ({ connection, stream }: Source) =>
    ownership ? Math.min(...ownership.ranks(level.plan.entity.name, connection, stream)) : 0;
  const all = [...new Set(Object.values(known))].flatMap((id) => byId.get(id) ?? []);
  return all.sort((left, right) => rank(left) - rank(right));
}

function isStale(run: Run, source: Source, seconds: number): boolean {
  const through = run.freshness?.get(source.streamId);
  return seconds <= 0 || through === undefined || run.now - through > seconds * 1000;
}

function isEmpty(units: Readonly<Record<string, number>>): boolean {
  for (const _ in units) return false;
  return true;
}

function applyLive(
  run: Run,
  live: LiveReader,
  level: Level,
  wanted: Wanted,
  asked: ReadonlyMap<string, Asked>,
): LevelLive {
  const outcome: LevelLive = { readAt: new Map(), degraded: new Map() };
  const different = new Set<LiveRecord>();
  level.rows.forEach((row, index) => {
    const contributions = new Map<number, Contribution>();
    const failed: DegradedKey[] = [];
    const records: LiveRecord[] = [];
    level.plan.units.forEach((unit, at) => {
      for (const source of wanted[index]![at]!) {
        const stream = asked.get(source.streamId)!;
        if (stream.failure !== undefined) failed.push(...degradedKeys(run, unit, source, stream.failure));
        const record = stream.records?.get(source.sourceId);
        if (!record || contributions.has(source.id)) continue;
        const values = mappedFor(level, index, record);
        if (!values) continue;
        contributions.set(source.id, { ...source, observedRecordId: source.id, values });
        records.push(record);
        outcome.readAt.set(source.id, record.startedAt);
      }
    });
    if (failed.length > 0) outcome.degraded.set(index, failed);
    if (contributions.size > 0 && overwrite(run, level, wanted[index]!, contributions, row))
      for (const record of records) if (!record.isPartial) different.add(record);
  });
  if (different.size > 0) live.enqueueLive([...different]);
  return outcome;
}

/** True when something differs from what is stored. */
function overwrite(
  run: Run,
  level: Level,
  wanted: readonly (readonly Source[])[],
  contributions: ReadonlyMap<number, Contribution>,
  row: MutableRow,
): boolean {
  const before = row.slice();
  const { ownership } = run.graph;
  const merged =
    contributions.size > 1 && ownership
      ? survive(level.plan.entity, [...contributions.values()], ownership)
      : undefined;
  level.plan.units.forEach((unit, at) => {
    // A unit whose record was not asked keeps what is stored: another record's word does not replace its owner's.
    const spoken = wanted[at]!.flatMap((source) => contributions.get(source.id) ?? []);
    const owner =
      spoken.length > 0 && (merged?.owners.get(unit.name) ?? spoken.find(({ values }) => knows(unit, values)));
    if (!owner || !knows(unit, owner.values)) return;
    try {
      for (const { field, write } of unit.overlays) write(row, owner.values[field]);
    } catch {
      // A value that the model refuses is set aside where it is observed; here the stored one stays.
      for (let column = 0; column < row.length; column++) row[column] = before[column]!;
    }
  });
  return row.some((value, column) => value !== before[column]);
}

function knows(unit: UnitPlan, values: KnownValues): boolean {
  return unit.overlays.some(({ field }) => values[field] !== undefined);
}

function degradedKeys(run: Run, unit: UnitPlan, source: Source, error: unknown): DegradedKey[] {
  const isKnown = source.id > 0 && !unit.isLive;
  const through = run.freshThrough(source.connection, source.stream) ?? 0;
  return unit.keys.map((key) => ({
    key,
    connection: source.connection,
    code: isIsthmusError(error) ? error.code : 'INTERNAL_SERVER_ERROR',
    observedAt: isKnown ? Math.max(source.seenAt, through) : null,
    error,
  }));
}
