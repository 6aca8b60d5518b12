/** Canonical values as a golden row has them, for writing what was read live over what is stored. */
import { codecOf, enumCodec, type Model } from '#model';
import type { EnumColumns, FieldColumns, ScalarColumns, SqlValue } from '#store';

export type Encode = (value: unknown) => SqlValue;

export function encoderOf(model: Model, columns: ScalarColumns | EnumColumns): Encode {
  const codec = columns.kind === 'enum' ? enumCodec(model.enums.get(columns.type)!) : codecOf(columns.type as 'String');
  return (value) => {
    if (value === null || value === undefined) return null;
    return codec.toColumn(codec.parse(value) as never) as SqlValue;
  };
}

/** Writes one field's value into a row, then that of an enum's companion; `positionOf` tells where columns stand. */
export function overlayOf(
  model: Model,
  columns: FieldColumns,
  positionOf: (column: string) => number | undefined,
): ((row: SqlValue[], value: unknown) => void)[] {
  if (columns.kind === 'reference') return [];
  if (columns.kind === 'value') {
    const members = [...columns.members].flatMap(([name, member]) => {
      const at = positionOf(member.exact);
      return at === undefined ? [] : [{ name, at, encode: encoderOf(model, member) }];
    });
    const write = (row: SqlValue[], value: unknown) => {
      for (const { name, at, encode } of members) row[at] = encode((value as Record<string, unknown> | null)?.[name]);
    };
    return [write];
  }
  const into = (column: string | undefined, encode: Encode) => {
    const at = column === undefined ? undefined : positionOf(column);
    return (row: SqlValue[], value: unknown) => {
      if (at !== undefined) row[at] = encode(value);
    };
  };
  const exact = into(columns.exact, encoderOf(model, columns));
  if (columns.kind === 'scalar') return [exact];
  return [exact, into(columns.text, (value) => (value ?? null) as SqlValue)];
}
