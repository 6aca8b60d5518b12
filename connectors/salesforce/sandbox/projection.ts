import type { SandboxField } from './fields.ts';
import { findObject, type SandboxObject } from './objects.ts';
import { fullId, type Org, type Row } from './org.ts';
import type { ResolvedPath } from './soql/compile.ts';

/** The fields of one object to answer with, and those of its parents, by relationship. */
interface Shape {
  readonly object: SandboxObject;
  readonly fields: SandboxField[];
  readonly parents: Map<string, { readonly reference: SandboxField; readonly shape: Shape }>;
}

/** Records as they are answered: `attributes` first, parents inside. Parents of a page are read in one statement each. */
export class Projection {
  readonly #org: Org;
  readonly #shape: Shape;
  readonly #urlBase: string;

  constructor(org: Org, object: SandboxObject, paths: readonly ResolvedPath[], version: string) {
    this.#org = org;
    this.#urlBase = `/services/data/${version}/sobjects`;
    this.#shape = { object, fields: [], parents: new Map() };
    for (const path of paths) this.#add(path);
  }

  #add(path: ResolvedPath): void {
    let shape = this.#shape;
    path.steps.forEach((reference, at) => {
      const name = reference.relationshipName!;
      let parent = shape.parents.get(name);
      if (parent === undefined) {
        parent = { reference, shape: { object: path.objects[at + 1]!, fields: [], parents: new Map() } };
        shape.parents.set(name, parent);
      }
      shape = parent.shape;
    });
    if (!shape.fields.includes(path.field)) shape.fields.push(path.field);
  }

  project(rows: readonly Row[]): Row[] {
    return this.#project(this.#shape, rows);
  }

  #project(shape: Shape, rows: readonly Row[]): Row[] {
    const type = shape.object.name;
    const base = `${this.#urlBase}/${type}/`;
    const names = shape.fields.map((field) => field.name);
    const parents = [...shape.parents.entries()].map(([name, parent]) => {
      return { name, of: this.#parents(parent.reference, parent.shape, rows) };
    });
    return rows.map((row) => {
      const record: Record<string, unknown> = { attributes: { type, url: base + (row.Id as string) } };
      for (const name of names) record[name] = row[name] ?? null;
      for (const { name, of } of parents) record[name] = of(row);
      return record;
    });
  }

  #parents(reference: SandboxField, shape: Shape, rows: readonly Row[]): (row: Row) => Row | null {
    const ids = new Set(rows.map((row) => row[reference.name] as string | undefined).filter((id) => id !== undefined));
    const known = this.#org
      .table(shape.object)
      .getMany([...ids])
      .filter((row) => row !== undefined);
    const records = this.#project(shape, known);
    const byId = new Map(known.map((row, at) => [row.Id, records[at]!]));
    return (row) => byId.get(row[reference.name]) ?? null;
  }
}

/** The object that an id belongs to, told by its first three characters. */
export function objectOfId(org: Org, id: string): SandboxObject | undefined {
  const full = fullId(id);
  if (full === undefined) return undefined;
  return [...org.objects.values()].find((object) => full.startsWith(object.keyPrefix));
}

export function pathOf(org: Org, object: SandboxObject, field: SandboxField): ResolvedPath {
  return { steps: [], objects: [findObject(org.objects, object.name)!], field };
}
