/**
 * Filters of lists, judged in memory on the values that a change tells. What a condition means is the same word for
 * word as in SQL: null fails every comparison but `ne` and `isNull`, and `not` turns "not true" into true.
 */
import {
  codecOf,
  type Entity,
  type EnumField,
  type EnumMember,
  enumCodec,
  type Field,
  type Model,
  type ScalarField,
  type ScalarMember,
} from '#model';
import type { SqlValue } from '#store';
import { refusal } from './errors.ts';
import { codecText, type FilterInput, nullRefused, scalarKey } from './filter.ts';
import { isTold, referenceIdName } from './names.ts';

type Values = Readonly<Record<string, unknown>>;

/** Values of one moment with their order keys, worked out once for all who look at them. */
export class KeyedValues {
  readonly values: Values;
  readonly #keys = new Map<string, SqlValue>();

  constructor(values: Values) {
    this.values = values;
  }

  key(name: string, read: (values: Values) => SqlValue): SqlValue {
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = read(this.values);
      this.#keys.set(name, key);
    }
    return key;
  }
}

export type Predicate = (values: KeyedValues) => boolean;

/** Canonical ids that a filter names; some of them may have been merged into others. */
export function idsNamedBy(entity: Entity, filter: FilterInput): readonly string[] {
  const idFields = new Set(['id', ...references(entity)]);
  return Object.entries(filter).flatMap(([name, value]): readonly string[] => {
    if (value === null || value === undefined) return [];
    if (name === 'and' || name === 'or') return (value as FilterInput[]).flatMap((one) => idsNamedBy(entity, one));
    if (name === 'not') return idsNamedBy(entity, value as FilterInput);
    if (!idFields.has(name)) return [];
    const { eq, ne, in: some } = value as Readonly<Record<string, unknown>>;
    return [eq, ne, ...((some as unknown[]) ?? [])].filter((id) => typeof id === 'string');
  });
}

function references(entity: Entity): readonly string[] {
  return entity.fields.filter((field) => field.kind === 'reference').map(referenceIdName);
}

/** Throws `BAD_USER_INPUT` as the filter of the list would. */
export function compileChangeFilter(
  model: Model,
  entity: Entity,
  filter: FilterInput,
  survivorOf: (id: string) => string,
): Predicate {
  return new PredicateCompiler(model, entity, survivorOf).object(filter, 'filter');
}

type Typed = Pick<ScalarMember, 'kind' | 'type'> | Pick<EnumMember, 'kind' | 'type'>;

interface Operand {
  /** Keeps apart what is kept of different fields. */
  readonly name: string;
  /** The key that the store would hold; null where there is no value. */
  readonly read: (values: Values) => SqlValue;
  readonly keyOf: (value: unknown, path: string) => SqlValue;
}

class PredicateCompiler {
  readonly #model: Model;
  readonly #entity: Entity;
  readonly #survivorOf: (id: string) => string;

  constructor(model: Model, entity: Entity, survivorOf: (id: string) => string) {
    this.#model = model;
    this.#entity = entity;
    this.#survivorOf = survivorOf;
  }

  object(filter: FilterInput, path: string): Predicate {
    return all(
      Object.entries(filter).flatMap(([name, value]) => {
        const at = `${path}.${name}`;
        if (value === undefined) return [];
        if (value === null) throw nullRefused(at, 'leave it out');
        return [this.#part(name, value as FilterInput, at)];
      }),
    );
  }

  #part(name: string, given: FilterInput, at: string): Predicate {
    if (name === 'and') return all((given as unknown as FilterInput[]).map((one) => this.object(one, at)));
    if (name === 'or') return any((given as unknown as FilterInput[]).map((one) => this.object(one, at)));
    if (name === 'not') {
      const inner = this.object(given, at);
      return (values) => !inner(values);
    }
    if (name === 'id') return this.#compare(this.#id('id'), given, at);
    const field = fieldFor(this.#entity, name);
    if (field.kind === 'reference') return this.#compare(this.#id(field.name), given, at);
    if (field.kind === 'value') return this.#value(field.name, field.type, given, at);
    if (field.kind === 'enum' && name === field.textName) return this.#compare(plainText(name), given, at);
    return this.#compare(this.#operand(field as ScalarField | EnumField, field.name), given, at);
  }

  #value(name: string, type: string, filter: FilterInput, path: string): Predicate {
    const { members } = this.#model.values.get(type)!;
    const parts = Object.entries(filter).flatMap(([member, value]): readonly Predicate[] => {
      const at = `${path}.${member}`;
      if (value === undefined) return [];
      if (value === null) throw nullRefused(at, member === 'isNull' ? 'say true or false' : 'leave it out');
      if (member === 'isNull') return [({ values }) => isEmpty(values[name]) === value];
      const declared = members.find((one) => one.name === member)!;
      return [this.#compare(this.#operand(declared, name, member), value as FilterInput, at)];
    });
    return all(parts);
  }

  /** Of a field, or of a member of the value in it. */
  #operand(declared: Typed, field: string, member?: string): Operand {
    const codec = declared.kind === 'enum' ? enumCodec(this.#model.enums.get(declared.type)!) : codecOf(declared.type);
    const orderKey = codec.orderKey as (value: unknown) => SqlValue;
    return {
      name: member === undefined ? field : `${field}.${member}`,
      read(values) {
        const whole = values[field];
        const value = member === undefined ? whole : (whole as Values | null | undefined)?.[member];
        return value === null || value === undefined ? null : orderKey(value);
      },
      keyOf: (value, path) => (declared.kind === 'enum' ? orderKey(value) : scalarKey(declared.type, value, path)),
    };
  }

  #id(field: string): Operand {
    return {
      name: `${field} id`,
      read: (values) => (values[field] as string | null | undefined) ?? null,
      keyOf: (value, path) => {
        const id = String(value);
        if (id.includes('\0')) throw refusal('BAD_USER_INPUT', `${path}: an id has no zero bytes.`);
        return this.#survivorOf(id);
      },
    };
  }

  #compare(operand: Operand, filter: FilterInput, path: string): Predicate {
    const parts = Object.entries(filter).flatMap(([operator, value]): readonly Predicate[] => {
      const at = `${path}.${operator}`;
      if (value === undefined) return [];
      if (value === null) throw nullRefused(at, operator === 'isNull' ? 'say true or false' : 'use isNull: true');
      const test = testOf(operator, value, (one) => operand.keyOf(one, at));
      return [(values) => test(values.key(operand.name, operand.read))];
    });
    return all(parts);
  }
}

function fieldFor(entity: Entity, name: string): Field {
  return entity.fields.find(
    (field) =>
      isTold(field) &&
      (field.kind === 'reference'
        ? referenceIdName(field) === name
        : field.name === name || (field.kind === 'enum' && field.textName === name)),
  )!;
}

/** The system's own code beside an enum: compared as it stands, as its column is. */
function plainText(name: string): Operand {
  return {
    name,
    read: (values) => (values[name] as string | null | undefined) ?? null,
    keyOf: (value, path) => codecText(value, path),
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || Object.values(value).every((member) => (member ?? null) === null);
}

type KeyTest = (key: SqlValue) => boolean;

function testOf(operator: string, value: unknown, keyOf: (value: unknown) => SqlValue): KeyTest {
  switch (operator) {
    case 'isNull':
      return (key) => (key === null) === value;
    case 'in': {
      const keys = new Set((value as unknown[]).map(keyOf));
      return (key) => key !== null && keys.has(key);
    }
    case 'eq': {
      const other = keyOf(value);
      return (key) => key !== null && key === other;
    }
    case 'ne': {
      const other = keyOf(value);
      return (key) => key !== other;
    }
    case 'contains': {
      const piece = keyOf(value) as string;
      return (key) => key !== null && (key as string).includes(piece);
    }
    case 'startsWith': {
      const prefix = keyOf(value) as string;
      const end = `${prefix}\u{10ffff}`;
      return (key) => key !== null && compareKeys(key, prefix) >= 0 && compareKeys(key, end) < 0;
    }
    default: {
      const other = keyOf(value);
      const holds = HOLDS[operator]!;
      return (key) => key !== null && holds(compareKeys(key, other));
    }
  }
}

const HOLDS: Readonly<Record<string, (order: number) => boolean>> = {
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
};

/** Numbers as numbers, text by the bytes of its UTF-8, as both stores do. */
function compareKeys(left: SqlValue, right: SqlValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return compareText(left as string, right as string);
}

/** By code points, which is the order of their UTF-8: halves of pairs stand for what is above all others. */
function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const one = left.charCodeAt(at);
    const other = right.charCodeAt(at);
    if (one !== other) return weight(one) - weight(other);
  }
  return left.length - right.length;
}

function weight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function all(parts: readonly Predicate[]): Predicate {
  if (parts.length === 1) return parts[0]!;
  return (values) => parts.every((part) => part(values));
}

function any(parts: readonly Predicate[]): Predicate {
  return (values) => parts.some((part) => part(values));
}
