import type { KnownValues } from '#golden';
import type { Mapped, PartValue } from '#model';
import type { Level } from './levels.ts';
import type { LiveRecord } from './live-reader.ts';

/** What a record says of the entity in one row; undefined where it says nothing, or of several such entities. */
export function mappedFor(level: Level, index: number, record: LiveRecord): KnownValues | undefined {
  const { entity } = level.plan;
  if (entity.partOf) return partFor(level, index, record);
  const named = record.mapped.filter((mapped) => mapped.entity === entity.name);
  const own = named.length > 1 ? named.filter((mapped) => (mapped.key ?? record.key) === record.key) : named;
  return own.length === 1 ? (own[0]!.values as KnownValues) : undefined;
}

/** A line of a document is found by its key inside it, which ends its own source key. */
function partFor(level: Level, index: number, record: LiveRecord): KnownValues | undefined {
  const key = level.partKeys?.[index];
  if (key === undefined) return undefined;
  for (const mapped of record.mapped as readonly Mapped[]) {
    const parts = mapped.parts?.[level.plan.entity.name as never] as { items: readonly PartValue[] } | undefined;
    const item = parts?.items.find((one) => key.endsWith(one.key));
    if (item) return item.values as KnownValues;
  }
  return undefined;
}
