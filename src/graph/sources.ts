/** Where the values of a level come from: one statement for the observed records of all its rows. */
import { streamId } from './graph.ts';
import type { Level, LevelSources, Source } from './levels.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { Run } from './run.ts';

/** One entry of `provenance`. */
export interface ProvenanceEntry {
  readonly field: string;
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly observedAt: string;
  readonly staleness: number;
}

export function loadSources(run: Run, level: Level): MaybePromise<LevelSources> {
  if (level.sources) return level.sources;
  const at = level.plan.provenanceAt;
  const units = level.rows.map((row) => (row[at] ? (JSON.parse(row[at] as string) as Record<string, number>) : {}));
  const ids = new Set<number>();
  // The records of units that nobody looks at need not be known, unless the answer tells of all, or any may be asked.
  const needed = level.plan.asksSources || level.plan.units.some((unit) => unit.isLive) ? undefined : level.plan.units;
  for (const one of units) {
    if (needed) for (const { name } of needed) addKnown(ids, one[name]);
    else for (const unit in one) ids.add(one[unit]!);
  }
  if (ids.size === 0) {
    level.sources = { units, byId: new Map() };
    return level.sources;
  }
  const { syntax } = run.graph;
  const id = syntax.dialect === 'sqlite' ? 'p.value' : 'p.value::bigint';
  const text = syntax.finish(
    `SELECT o.id, o.connection, o.stream, o.source_id, o.seen_at FROM ${syntax.list('p')} CROSS JOIN observed_record o WHERE o.id = ${id}`,
  );
  return chain(run.graph.store.reader.all(text, [JSON.stringify([...ids])]), (rows) => {
    const byId = new Map<number, Source>();
    for (const row of rows)
      byId.set(row[0] as number, {
        id: row[0] as number,
        connection: row[1] as string,
        stream: row[2] as string,
        streamId: streamId(row[1] as string, row[2] as string),
        sourceId: row[3] as string,
        seenAt: row[4] as number,
      });
    level.sources = { units, byId };
    return level.sources;
  });
}

function addKnown(ids: Set<number>, id: number | undefined): void {
  if (id !== undefined) ids.add(id);
}

/** In the model's order, one entry for each unit that somebody knows. */
export function provenanceOf(
  run: Run,
  level: Level,
  index: number,
  wanted: readonly string[] | undefined,
): readonly ProvenanceEntry[] {
  const { units, byId } = level.sources!;
  const known = units[index]!;
  const entries: ProvenanceEntry[] = [];
  for (const field of run.graph.unitsOf(level.plan.entity)) {
    if (wanted && !wanted.includes(field)) continue;
    const source = known[field] === undefined ? undefined : byId.get(known[field]);
    if (!source) continue;
    const readAt = level.live?.readAt.get(source.id);
    const observedAt = readAt ?? source.seenAt;
    const confirmedAt = Math.max(observedAt, run.freshThrough(source.connection, source.stream) ?? 0);
    entries.push({
      field,
      connection: source.connection,
      stream: source.stream,
      sourceId: source.sourceId,
      observedAt: new Date(observedAt).toISOString(),
      staleness: readAt === undefined ? Math.max(0, Math.round((run.now - confirmedAt) / 1000)) : 0,
    });
  }
  return entries;
}

/** A signed address of the bytes, where one of the row's source records has any. */
export function contentUrl(run: Run, level: Level, index: number): string | null {
  const { units, byId } = level.sources!;
  const { content } = run.graph;
  if (!content) return null;
  const known = units[index]!;
  for (const field of run.graph.unitsOf(level.plan.entity)) {
    const source = known[field] === undefined ? undefined : byId.get(known[field]);
    if (source && content.hasContent(source.connection, source.stream))
      return content.sign({ connection: source.connection, stream: source.stream, key: source.sourceId });
  }
  return null;
}
