import type { KnownValues } from '#golden';
import type { Mapped, PartValue } from '#model';
import type { Level, PartKey } from './levels.ts';
import type { LiveRecord } from './live-reader.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { Run } from './run.ts';

/** What a record says of the entity in one row; undefined where it says nothing, or of several such entities. */
export function mappedFor(level: Level, index: number, record: LiveRecord): KnownValues | undefined {
  const { entity } = level.plan;
  if (entity.partOf) return partFor(level, index, record);
  // Nearly every record yields one entity, once.
  const [first] = record.mapped;
  if (record.mapped.length === 1) return first!.entity === entity.name ? (first!.values as KnownValues) : undefined;
  const named = record.mapped.filter((mapped) => mapped.entity === entity.name);
  const own = named.length > 1 ? named.filter((mapped) => (mapped.key ?? record.key) === record.key) : named;
  return own.length === 1 ? (own[0]!.values as KnownValues) : undefined;
}

/** A line is found in its document's record by its own key. */
function partFor(level: Level, index: number, record: LiveRecord): KnownValues | undefined {
  const { connection, stream } = record;
  const own = level.partKeys?.get(level.rows[index]![0] as string);
  const name = own?.find((one) => one.connection === connection && one.stream === stream);
  if (!name) return undefined;
  for (const mapped of record.mapped as readonly Mapped[]) {
    if ((mapped.key ?? record.key) !== name.documentKey) continue;
    const parts = mapped.parts?.[level.plan.entity.name as never] as { items: readonly PartValue[] } | undefined;
    const item = parts?.items.find(({ key }) => key === name.key);
    if (item) return item.values as KnownValues;
  }
  return undefined;
}

/** By canonical id: under which keys its documents know a line. */
export function readPartKeys(run: Run, level: Level): MaybePromise<void> {
  if (!level.plan.entity.partOf) return undefined;
  const { syntax } = run.graph;
  const text = syntax.finish(
    `SELECT k.canonical_id, k.connection, k.stream, k.source_id FROM ${syntax.list('p')} CROSS JOIN identity_key k WHERE k.canonical_id = p.value`,
  );
  return chain(run.graph.read(text, [JSON.stringify(level.rows.map((row) => row[0]))]), (rows) => {
    const keys = new Map<string, PartKey[]>();
    for (const [id, connection, stream, sourceId] of rows as readonly (readonly string[])[]) {
      const [document, ...rest] = sourceId!.split('#');
      const documentKey = document!.replaceAll('%23', '#').replaceAll('%25', '%');
      const known = keys.get(id!) ?? [];
      known.push({ connection: connection!, stream: stream!, documentKey, key: rest.join('#') });
      keys.set(id!, known);
    }
    level.partKeys = keys;
  });
}
