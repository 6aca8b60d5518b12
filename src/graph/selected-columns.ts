/** What a level selects, gathered while its plan is compiled: columns, and units that may have to be fresh. */
import { ownershipUnit, type StoredField } from '#model';
import type { Overlay, StalenessPlan, UnitPlan } from './plan.ts';

type Staleness = StalenessPlan[number];

/** The columns of one statement, each once; the id is always the first. */
export class Columns {
  readonly expressions: string[] = ['"id"'];
  readonly #positions = new Map<string, number>([['id', 0]]);

  add(column: string): number {
    return this.#add(column, `"${column}"`);
  }

  /** A place in the row for what no column holds. */
  addUnstored(column: string): number {
    return this.#add(column, 'NULL');
  }

  find(column: string): number | undefined {
    return this.#positions.get(column);
  }

  #add(column: string, expression: string): number {
    const known = this.#positions.get(column);
    if (known !== undefined) return known;
    const position = this.expressions.push(expression) - 1;
    this.#positions.set(column, position);
    return position;
  }
}

/** Which ownership units are selected, and how fresh each must be. */
export class UnitCollector {
  readonly #units = new Map<string, { fields: Map<string, StoredField>; keys: Set<string>; staleness: Staleness[] }>();

  add(field: StoredField, key: string, place: StalenessPlan): void {
    if (place.length === 0 && !field.live) return;
    const name = ownershipUnit(field);
    const unit = this.#units.get(name) ?? {
      fields: new Map<string, StoredField>(),
      keys: new Set<string>(),
      staleness: [] as Staleness[],
    };
    unit.keys.add(key);
    unit.fields.set(field.name, field);
    unit.staleness.push(...place);
    this.#units.set(name, unit);
  }

  plans(overlay: (field: StoredField) => Overlay['write'][]): readonly UnitPlan[] {
    return [...this.#units].map(([name, unit]) => ({
      name,
      keys: [...unit.keys],
      staleness: unit.staleness,
      isLive: [...unit.fields.values()].some((field) => field.live),
      overlays: [...unit.fields.values()].flatMap((field) =>
        overlay(field).map((write, at) => ({
          field: at === 1 && field.kind === 'enum' ? field.textName : field.name,
          write,
        })),
      ),
    }));
  }
}
