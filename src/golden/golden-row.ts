import { codecOf, enumCodec, type Model, type SourceRef } from '#model';
import { columnsOf, type EntityLayout, type FieldColumns, type Row, type SqlValue } from '#store';
import type { KnownValues } from './survive.ts';

/** A reference with its connection written out. */
export type FullRef = Required<SourceRef>;

/** The first columns of every golden table: id, sequence, hub_changed_at, provenance. */
export const HEAD = 4;
export const SEQUENCE = 1;
export const CHANGED_AT = 2;
export const PROVENANCE = 3;

/** How one field travels between canonical values and columns. */
export interface FieldRow {
  readonly name: string;
  /** Its columns in the row. */
  readonly start: number;
  readonly end: number;
  /** The entity that it refers to. */
  readonly target?: string;
  /** Whether it may appear in change rows. */
  readonly isPublished: boolean;
  encode(values: KnownValues, into: SqlValue[], resolve: (ref: FullRef, target: string) => string): void;
  /** A reference gives the canonical id; members that change rows may not tell are left out. */
  decode(row: Row, into: Record<string, unknown>): void;
}

/** The golden table of one entity, as values see it. */
export interface EntityRow {
  readonly layout: EntityLayout;
  readonly fields: readonly FieldRow[];
  readonly references: readonly FieldRow[];
  readonly columnNames: readonly string[];
}

export function entityRow(model: Model, layout: EntityLayout): EntityRow {
  let at = HEAD;
  const fields = [...layout.fields].map(([name, columns]): FieldRow => {
    const start = at;
    at += columnsOf(columns).length;
    const declared = layout.entity.fields.find((field) => field.name === name);
    return {
      name,
      start,
      end: at,
      isPublished: declared?.kind === 'collection' || declared?.classification !== 'PAYMENT',
      ...(columns.kind === 'reference' ? { target: columns.target } : {}),
      ...translation(model, name, columns, start, declared?.kind === 'enum' ? declared.textName : undefined),
    };
  });
  return {
    layout,
    fields,
    references: fields.filter(({ target }) => target !== undefined),
    columnNames: layout.columns.map(({ name }) => name),
  };
}

export function rowOf(rows: ReadonlyMap<string, EntityRow>, entity: string): EntityRow {
  const row = rows.get(entity);
  if (!row) throw new Error(`There is no golden table of ${entity}.`);
  return row;
}

type Translation = Pick<FieldRow, 'encode' | 'decode'>;

function translation(
  model: Model,
  name: string,
  columns: FieldColumns,
  start: number,
  textName: string | undefined,
): Translation {
  if (columns.kind === 'reference') return referenceTranslation(name, columns.target, start);
  if (columns.kind === 'value') return valueTranslation(model, name, columns, start);
  const scalar = scalarTranslation(model, columns);
  return {
    encode(values, into) {
      scalar.encode(values[name] ?? null, into);
      if (textName !== undefined) into.push((values[textName] as string | undefined) ?? null);
    },
    decode(row, into) {
      into[name] = scalar.decode(row[start] ?? null);
      if (textName !== undefined) into[textName] = row[start + scalar.width] ?? null;
    },
  };
}

function referenceTranslation(name: string, target: string, start: number): Translation {
  return {
    encode(values, into, resolve) {
      const ref = values[name] as FullRef | null | undefined;
      into.push(ref ? resolve(ref, target) : null);
    },
    decode(row, into) {
      into[name] = row[start] ?? null;
    },
  };
}

function valueTranslation(
  model: Model,
  name: string,
  columns: FieldColumns & { readonly kind: 'value' },
  start: number,
): Translation {
  const declared = model.values.get(columns.type)?.members ?? [];
  const members = [...columns.members].map(([member, laidOut]) => ({
    member,
    isPublished: declared.find((candidate) => candidate.name === member)?.classification !== 'PAYMENT',
    ...scalarTranslation(model, laidOut),
  }));
  return {
    encode(values, into) {
      const value = values[name] as Readonly<Record<string, unknown>> | null | undefined;
      for (const { member, encode } of members) encode(value?.[member] ?? null, into);
    },
    decode(row, into) {
      const value: Record<string, unknown> = {};
      let at = start;
      let isKnown = false;
      for (const { member, isPublished, width, decode } of members) {
        const decoded = decode(row[at] ?? null);
        if (isPublished) value[member] = decoded;
        if (decoded !== null) isKnown = true;
        at += width;
      }
      into[name] = isKnown ? value : null;
    },
  };
}

interface ScalarTranslation {
  readonly width: number;
  readonly encode: (value: unknown, into: SqlValue[]) => void;
  readonly decode: (column: SqlValue) => unknown;
}

interface AnyCodec {
  toColumn(value: unknown): string | number;
  fromColumn(column: string | number): unknown;
  orderKey(value: unknown): string | number;
}

function scalarTranslation(
  model: Model,
  columns: FieldColumns & { readonly kind: 'scalar' | 'enum' },
): ScalarTranslation {
  const codec = (
    columns.kind === 'scalar' ? codecOf(columns.type) : enumCodec(enumNamed(model, columns.type))
  ) as AnyCodec;
  const hasKey = columns.key !== columns.exact;
  return {
    width: hasKey ? 2 : 1,
    encode(value, into) {
      if (value === null) {
        into.push(null);
        if (hasKey) into.push(null);
        return;
      }
      into.push(codec.toColumn(value));
      if (hasKey) into.push(codec.orderKey(value));
    },
    decode: (column) => (column === null ? null : codec.fromColumn(column)),
  };
}

function enumNamed(model: Model, name: string) {
  const type = model.enums.get(name);
  if (!type) throw new Error(`The model has no enum ${name}.`);
  return type;
}
