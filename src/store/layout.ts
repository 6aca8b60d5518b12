import type { Entity, Model, ScalarName } from '#model';

/** A value as the database takes and gives it, the same on both stores: booleans are 0 and 1, moments milliseconds. */
export type SqlValue = string | number | null;
export type Row = readonly SqlValue[];

export type ColumnType = 'text' | 'integer' | 'bigint';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** Where a scalar lies: its exact value, and the form that sorts and compares alike on both stores. */
export interface ScalarColumns {
  readonly kind: 'scalar';
  readonly type: Exclude<ScalarName, 'ID'>;
  readonly exact: string;
  /** The same column as `exact` where the exact form already sorts: Int, Boolean, DateTime, Date, JSON. */
  readonly key: string;
}

/** `exact` holds the value's name, `key` its ordinal in the model, `text` the system's own code (fields only). */
export interface EnumColumns {
  readonly kind: 'enum';
  readonly type: string;
  readonly exact: string;
  readonly key: string;
  readonly text?: string;
}

export interface ValueColumns {
  readonly kind: 'value';
  readonly type: string;
  readonly members: ReadonlyMap<string, ScalarColumns | EnumColumns>;
}

/** The column holds the surviving canonical id of what the field refers to, which may be a stub. */
export interface ReferenceColumns {
  readonly kind: 'reference';
  readonly target: string;
  readonly column: string;
}

export type FieldColumns = ScalarColumns | EnumColumns | ValueColumns | ReferenceColumns;

/**
 * The golden table of one entity. Beside its fields every table has `id` (canonical id, primary key), `sequence`,
 * `hub_changed_at` (the store's clock, ms) and `provenance` (JSON text: ownership unit → id of the observed record).
 * A deleted record, an alias and a stub have no row. Text columns compare `COLLATE "C"` on PostgreSQL.
 */
export interface EntityLayout {
  readonly entity: Entity;
  readonly table: string;
  /** All columns in table order: `id`, `sequence`, `hub_changed_at`, `provenance`, then those of the fields. */
  readonly columns: readonly Column[];
  /** Stored fields, in the model's order; `@live` fields have no column. */
  readonly fields: ReadonlyMap<string, FieldColumns>;
}

export interface GoldenLayout {
  readonly model: Model;
  readonly entities: ReadonlyMap<string, EntityLayout>;
}
