import type { WantedFields } from '#sdk';
import type { Level } from './levels.ts';
import type { UnitPlan } from './plan.ts';
import type { Run } from './run.ts';

/**
 * What a live read of a level has to bring: the units that must be fresh, each with all of its fields, since whoever
 * knows any of them may own it. Undefined, which is everything, where no unit of the entity is left out.
 */
export function wantedFields(run: Run, level: Level): WantedFields | undefined {
  const { entity, units } = level.plan;
  const all = run.graph.ownership?.units(entity.name);
  const fresh = units.filter((unit) => unit.isLive || run.secondsOf(unit.staleness) !== undefined);
  const stored = fresh.filter((unit) => !unit.isLive);
  if (all && all.parts.length === 0 && !entity.partOf && all.values.length === stored.length) return undefined;
  const fieldsOf = (unit: UnitPlan) => [
    ...(all?.values.find(({ name }) => name === unit.name)?.fields ?? []),
    ...unit.overlays.map(({ field }) => field),
  ];
  return { [entity.name]: [...new Set(fresh.flatMap(fieldsOf))] };
}
