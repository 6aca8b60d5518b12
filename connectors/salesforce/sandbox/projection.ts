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

/** Writes records as JSON text, `attributes` first, parents inside. Parents of a page are read in one statement each. */
export class RecordWriter {
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

  write(rows: readonly Row[]): string[] {
    return this.#write(this.#shape, rows);
  }

  #write(shape: Shape, rows: readonly Row[]): string[] {
    const type = shape.object.name;
    const head = `{"attributes":{"type":"${type}","url":"${this.#urlBase}/${type}/`;
    const fields = shape.fields.map(({ name }) => ({ name, label: `,"${name}":` }));
    const parents = [...shape.parents.values()].map((parent) => this.#parents(parent.reference, parent.shape, rows));
    return rows.map((row) => {
      let text = `${head}${row.Id as string}"}`;
      for (const { name, label } of fields) {
        const value = row[name];
        text += label + (value === undefined || value === null ? 'null' : jsonOf(value));
      }
      for (const parent of parents) text += parent(row);
      return `${text}}`;
    });
  }

  #parents(reference: SandboxField, shape: Shape, rows: readonly Row[]): (row: Row) => string {
    const ids = [...new Set(rows.map((row) => row[reference.name] as string | undefined))].filter(
      (id) => id !== undefined,
    );
    const found = this.#org.table(shape.object).getMany(ids);
    const known = found.filter((row) => row !== undefined);
    const texts = this.#write(shape, known);
    const byId = new Map(known.map((row, at) => [row.Id, texts[at]]));
    const label = `,"${reference.relationshipName}":`;
    return (row) => label + (byId.get(row[reference.name]) ?? 'null');
  }
}

function jsonOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
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
