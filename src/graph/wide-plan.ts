/** The whole of an entity as one level, for graphql-js, which tells only later what it wants of an object. */
import { ownershipUnit } from '#model';
import type { EntityLayout, EnumColumns, ScalarColumns } from '#store';
import type { Graph } from './graph.ts';
import { liveColumns } from './live-columns.ts';
import { storedFields } from './names.ts';
import { overlayOf } from './overlay.ts';
import type { EntityPlan, UnitPlan } from './plan.ts';

export interface WidePlan extends EntityPlan {
  readonly positions: ReadonlyMap<string, number>;
}

/** `seconds`: how old values may be; undefined where nothing was said. */
export function widePlan(graph: Graph, layout: EntityLayout, seconds: number | undefined): WidePlan {
  const { model } = graph;
  const positions = new Map<string, number>();
  const columns: string[] = [];
  const add = (name: string, expression: string) => positions.set(name, columns.push(expression) - 1);
  add('id', '"id"');
  for (const { name } of layout.columns) if (name !== 'id') add(name, `"${name}"`);
  const units = new Map<string, UnitPlan>();
  for (const field of storedFields(layout.entity)) {
    const laidOut = layout.fields.get(field.name) ?? liveColumns(model, field);
    if (field.live) for (const column of exactColumns(laidOut)) if (!positions.has(column)) add(column, 'NULL');
    if (seconds === undefined && !field.live) continue;
    const name = ownershipUnit(field);
    const overlays = overlayOf(model, laidOut, (column) => positions.get(column)).map((write, at) => ({
      field: at === 1 && field.kind === 'enum' ? field.textName : field.name,
      write,
    }));
    const known = units.get(name);
    units.set(name, {
      name,
      keys: [...(known?.keys ?? []), field.name],
      overlays: [...(known?.overlays ?? []), ...overlays],
      staleness: seconds === undefined ? [] : [seconds],
      isLive: field.live || (known?.isLive ?? false),
    });
  }
  return {
    slot: 0,
    entity: layout.entity,
    layout,
    columns,
    positions,
    fields: [],
    references: [],
    collections: [],
    units: [...units.values()],
    provenanceAt: positions.get('provenance')!,
    asksSources: true,
  };
}

function exactColumns(columns: ReturnType<typeof liveColumns>): readonly string[] {
  if (columns.kind === 'reference') return [columns.column];
  if (columns.kind === 'value')
    return [...columns.members.values()].map((member: ScalarColumns | EnumColumns) => member.exact);
  return columns.kind === 'enum' && columns.text ? [columns.exact, columns.text] : [columns.exact];
}
