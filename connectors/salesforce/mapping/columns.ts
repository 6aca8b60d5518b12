import type { WantedFields } from 'isthmus/sdk';

/** Which fields of an object its mapping reads for which canonical field. */
export interface FieldTable {
  /** They tell as what a record is mapped. */
  readonly always: readonly string[];
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** All of them, as a full read asks for. */
export function allFields({ always, fields }: FieldTable): readonly string[] {
  return [...new Set([...always, ...Object.values(fields).flat()])];
}

/** What these canonical fields need. One that the object does not tell needs nothing. */
export function fieldsFor(table: FieldTable, wanted: WantedFields): readonly string[] {
  const names = Object.values(wanted).flat();
  return [...new Set([...table.always, ...names.flatMap((name) => table.fields[name] ?? [])])];
}
