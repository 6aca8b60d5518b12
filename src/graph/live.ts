/**
 * Live reads: the records that a level's stale values were taken from are looked up in their systems, one call a
 * stream, and what they say now is written over the rows. A system that is down leaves the last observed values.
 */
import type { Contribution, KnownValues } from '#golden';
import { survive } from '#golden';
import { maskCards } from '#model';
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
    const seconds = level.plan.units.map((unit) => (unit.isLive ? 0 : run.secondsOf(unit.staleness)));
    const speaking = speakingOf(run, live, asked);
    const wanted = level.rows.map((_, index) => wantedOf(run, level, index, stubs, seconds, speaking));
    for (const [id, { keys }] of asked) if (keys.size === 0) asked.delete(id);
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
const NOTHING: readonly Spoken[] = [];

/** What one stream can tell, found out once for a level. */
interface Speaking {
  readonly canLookup: boolean;
  readonly through: number | undefined;
  readonly asked: Asked;
}

function wantedOf(
  run: Run,
  level: Level,
  index: number,
  stubs: ReadonlyMap<string, readonly Source[]>,
  seconds: readonly (number | undefined)[],
  speaking: (source: Source) => Speaking,
): readonly (readonly Source[])[] {
  return level.plan.units.map((unit, at) => {
    const most = seconds[at];
    if (most === undefined) return NOBODY;
    const all = speakers(run, level, index, unit, stubs);
    const asked = all.filter((source) => {
      const { canLookup, through } = speaking(source);
      return canLookup && (most <= 0 || through === undefined || run.now - through > most * 1000);
    });
    for (const source of asked) speaking(source).asked.keys.add(source.sourceId);
    return asked;
  });
}

function speakingOf(run: Run, live: LiveReader, asked: Map<string, Asked>): (source: Source) => Speaking {
  const known = new Map<string, Speaking>();
  return ({ connection, stream, streamId: id }) => {
    let one = known.get(id);
    if (!one) {
      run.relied.add(connection);
      one = {
        canLookup: live.canLookup(connection, stream),
        through: run.freshness?.get(id),
        asked: { connection, stream, keys: new Set() },
      };
      known.set(id, one);
      asked.set(id, one.asked);
    }
    return one;
  };
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
  const { units } = level.plan;
  for (let index = 0; index < level.rows.length; index++) {
    const spoken: Spoken[] = [];
    const failed: DegradedKey[] = [];
    let isWhole = false;
    for (let at = 0; at < units.length; at++) {
      for (const source of wanted[index]![at]!) {
        const stream = asked.get(source.streamId)!;
        if (stream.failure !== undefined) failed.push(...degradedKeys(run, units[at]!, source, stream.failure));
        if (spoken.some((one) => one.source === source)) continue;
        const record = stream.records?.get(source.sourceId);
        const said = record && mappedFor(level, index, record);
        const values = said && maskCards(run.graph.model, level.plan.entity, said);
        if (!values) continue;
        spoken.push({ source, record, values });
        isWhole ||= !record.isPartial;
        outcome.readAt.set(source.id, record.startedAt);
      }
    }
    if (failed.length > 0) outcome.degraded.set(index, failed);
    if (spoken.length === 0) continue;
    const row = level.rows[index]!;
    const before = row.slice();
    overwrite(run, level, wanted[index]!, spoken, row, before);
    // Less than the whole is not stored, so it need not be compared.
    if (!isWhole || row.every((value, column) => value === before[column])) continue;
    for (const { record } of spoken) if (!record.isPartial) different.add(record);
  }
  if (different.size > 0) live.enqueueLive([...different]);
  return outcome;
}

/** What one source record, just read, says of the entity in a row. */
interface Spoken {
  readonly source: Source;
  readonly record: LiveRecord;
  readonly values: KnownValues;
}

function overwrite(
  run: Run,
  level: Level,
  wanted: readonly (readonly Source[])[],
  all: readonly Spoken[],
  row: MutableRow,
  before: MutableRow,
): void {
  const owners = all.length > 1 ? mergedOwners(run, level, all) : undefined;
  for (const [at, unit] of level.plan.units.entries()) {
    // A unit whose record was not asked keeps what is stored: another record's word does not replace its owner's.
    const sources = wanted[at]!;
    const spoken = sources.length === 0 ? NOTHING : all.filter(({ source }) => sources.includes(source));
    if (spoken.length === 0) continue;
    const values = owners?.get(unit.name)?.values ?? spoken.find((one) => knows(unit, one.values))?.values;
    if (!values || !knows(unit, values)) continue;
    try {
      for (const { field, write } of unit.overlays) write(row, values[field]);
    } catch {
      // A value that the model refuses is set aside where it is observed; here the stored one stays.
      for (let column = 0; column < row.length; column++) row[column] = before[column]!;
    }
  }
}

function mergedOwners(run: Run, level: Level, all: readonly Spoken[]): ReadonlyMap<string, Contribution> | undefined {
  const { ownership } = run.graph;
  const contributions = all.map(({ source, values }) => ({ ...source, observedRecordId: source.id, values }));
  return ownership && survive(level.plan.entity, contributions, ownership).owners;
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
