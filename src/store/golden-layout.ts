import {
  type Entity,
  isStored,
  type Model,
  type ScalarName,
  type StoredField,
  snakeCase,
  type ValueType,
} from '#model';
import { ConfigError } from '#sdk';
import type {
  Column,
  ColumnType,
  EntityLayout,
  EnumColumns,
  FieldColumns,
  GoldenLayout,
  ScalarColumns,
  ValueColumns,
} from './layout.ts';

/** Decimals and text do not sort by their exact form, so they have a second column that does. */
const KEYED: ReadonlySet<ScalarName> = new Set(['String', 'Decimal']);
const COLUMN_TYPES: Readonly<Record<ScalarName, ColumnType>> = {
  ID: 'text',
  String: 'text',
  Decimal: 'text',
  Date: 'text',
  JSON: 'text',
  Int: 'bigint',
  DateTime: 'bigint',
  Boolean: 'integer',
};

export const ROW_COLUMNS: readonly Column[] = [
  { name: 'id', type: 'text' },
  { name: 'sequence', type: 'bigint' },
  { name: 'hub_changed_at', type: 'bigint' },
  { name: 'provenance', type: 'text' },
];

export function goldenLayout(model: Model): GoldenLayout {
  return {
    model,
    entities: new Map([...model.entities.values()].map((entity) => [entity.name, entityLayout(model, entity)])),
  };
}

function entityLayout(model: Model, entity: Entity): EntityLayout {
  const fields = new Map<string, FieldColumns>();
  const columns: Column[] = [...ROW_COLUMNS];
  for (const field of entity.fields) {
    if (!isStored(field) || field.live) continue;
    const laidOut = fieldColumns(model, field);
    fields.set(field.name, laidOut);
    columns.push(...columnsOf(laidOut));
  }
  const names = new Set<string>();
  for (const { name } of columns) {
    if (names.has(name)) {
      throw new ConfigError(`Two fields of ${entity.name} need the column ${name}. Rename one of them.`);
    }
    names.add(name);
  }
  return { entity, table: `golden_${snakeCase(entity.name)}`, columns, fields };
}

function fieldColumns(model: Model, field: StoredField): FieldColumns {
  const name = snakeCase(field.name);
  switch (field.kind) {
    case 'scalar':
      return scalarColumns(field.type, name);
    case 'enum':
      return { ...enumColumns(field.type, name), text: snakeCase(field.textName) };
    case 'reference':
      return { kind: 'reference', target: field.target, column: `${name}_id` };
    case 'value': {
      const type = model.values.get(field.type);
      if (!type) throw new Error(`The model has no value type ${field.type}.`);
      return valueColumns(type, name);
    }
  }
}

function valueColumns(type: ValueType, prefix: string): ValueColumns {
  const members = type.members.map((member): [string, ScalarColumns | EnumColumns] => {
    const name = `${prefix}_${snakeCase(member.name)}`;
    return [member.name, member.kind === 'enum' ? enumColumns(member.type, name) : scalarColumns(member.type, name)];
  });
  return { kind: 'value', type: type.name, members: new Map(members) };
}

function scalarColumns(type: Exclude<ScalarName, 'ID'>, exact: string): ScalarColumns {
  return { kind: 'scalar', type, exact, key: KEYED.has(type) ? `${exact}_key` : exact };
}

function enumColumns(type: string, exact: string): EnumColumns {
  return { kind: 'enum', type, exact, key: `${exact}_key` };
}

/** In table order. */
export function columnsOf(field: FieldColumns): readonly Column[] {
  switch (field.kind) {
    case 'reference':
      return [{ name: field.column, type: 'text' }];
    case 'value':
      return [...field.members.values()].flatMap((member) => columnsOf(member));
    case 'enum':
      return [
        { name: field.exact, type: 'text' },
        { name: field.key, type: 'integer' },
        ...(field.text ? [{ name: field.text, type: 'text' as const }] : []),
      ];
    case 'scalar': {
      const type = COLUMN_TYPES[field.type];
      const exact: Column = { name: field.exact, type };
      return field.key === field.exact ? [exact] : [exact, { name: field.key, type: 'text' }];
    }
  }
}
