import type { EntityType } from './edm.ts';

interface Marks {
  readonly opening: string;
  /** Where the next property begins; absent for the last. */
  readonly closing: string | undefined;
}

const MARKS = new WeakMap<EntityType, ReadonlyMap<string, Marks>>();

/**
 * The JSON text of a property in a stored row, cut out without parsing the row. Rows hold all properties of their
 * type in its order; quotes inside strings are escaped, so that `,"Name":` can only be where a property begins.
 */
export function fieldText(doc: string, type: EntityType, name: string, from = 0): { text: string; end: number } {
  const { opening, closing } = marksOf(type).get(name)!;
  const start = doc.indexOf(opening, from) + opening.length;
  const end = closing === undefined ? doc.length - 1 : doc.indexOf(closing, start);
  return { text: doc.slice(start, end), end };
}

/** Several, named in the type's order, as members of an object: `,"A":1,"B":"x"`. */
export function membersText(doc: string, type: EntityType, names: readonly string[]): string {
  let members = '';
  let from = 0;
  for (const name of names) {
    const { text, end } = fieldText(doc, type, name, from);
    members += `,"${name}":${text}`;
    from = end;
  }
  return members;
}

export function fieldValue(doc: string, type: EntityType, name: string): unknown {
  const { text } = fieldText(doc, type, name);
  return text.startsWith('"') && !text.includes('\\') ? text.slice(1, -1) : JSON.parse(text);
}

function marksOf(type: EntityType): ReadonlyMap<string, Marks> {
  let marks = MARKS.get(type);
  if (marks === undefined) {
    const { properties } = type;
    marks = new Map(
      properties.map(({ name }, at) => {
        const next = properties[at + 1];
        return [name, { opening: `"${name}":`, closing: next && `,"${next.name}":` }];
      }),
    );
    MARKS.set(type, marks);
  }
  return marks;
}
