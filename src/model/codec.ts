/**
 * One codec a scalar: from what mappings and queries deliver to the exact canonical form, to the column that keeps it,
 * and to the key that orders it. Keys compare alike on SQLite (binary) and PostgreSQL (`COLLATE "C"`): numbers as
 * numbers, text by the bytes of its UTF-8.
 */
import stableStringify from 'fast-json-stable-stringify';
import { CodecError } from './codec-error.ts';
import { decimalKey, parseDecimal } from './decimal.ts';
import type { EnumType, ScalarName } from './model.ts';
import { parseDate, parseDateTime } from './moment.ts';
import { foldText, parseText } from './text.ts';

export interface Codec<T, Column extends string | number, Key extends string | number = Column> {
  /** The exact canonical form, as the generated types have it. Throws `CodecError`. Parsing it again changes nothing. */
  parse(value: unknown): T;
  /** What the store keeps of a parsed value; `fromColumn` gives the very same value back. */
  toColumn(value: T): Column;
  fromColumn(column: Column): T;
  /** Of a parsed value. Two values compare as their keys do, and are equal where their keys are. */
  orderKey(value: T): Key;
}

const text: Codec<string, string> = {
  parse: (value) => parseText(expectText(value)),
  toColumn: (value) => value,
  fromColumn: (column) => column,
  orderKey: foldText,
};

const id: Codec<string, string> = { ...text, orderKey: (value) => value };

const decimal: Codec<string, string> = {
  parse: (value) => parseDecimal(expectText(value)),
  toColumn: (value) => value,
  fromColumn: (column) => column,
  orderKey: decimalKey,
};

const date: Codec<string, string> = {
  parse: (value) => parseDate(expectText(value)),
  toColumn: (value) => value,
  fromColumn: (column) => column,
  orderKey: (value) => value,
};

const dateTime: Codec<string, number> = {
  parse: (value) => parseDateTime(expectText(value)),
  toColumn: (value) => Date.parse(value),
  fromColumn: (column) => new Date(column).toISOString(),
  orderKey: (value) => Date.parse(value),
};

const int: Codec<number, number> = {
  parse: (value) => {
    if (typeof value === 'number' && (value | 0) === value) return value | 0;
    throw new CodecError('Not a whole number of 32 bits, from -2147483648 to 2147483647.');
  },
  toColumn: (value) => value,
  fromColumn: (column) => column,
  orderKey: (value) => value,
};

const boolean: Codec<boolean, number> = {
  parse: (value) => {
    if (typeof value === 'boolean') return value;
    throw new CodecError('Neither true nor false.');
  },
  toColumn: Number,
  fromColumn: (column) => column === 1,
  orderKey: Number,
};

/** Not for people to order by: the key only tells equal from unequal, whatever the order of an object's members. */
const json: Codec<unknown, string> = {
  parse: (value) => {
    const written = writeJson(value);
    if (written === undefined) throw new CodecError('Not a JSON value.');
    return JSON.parse(written);
  },
  toColumn: (value) => stableStringify(value),
  fromColumn: (column) => JSON.parse(column),
  orderKey: (value) => stableStringify(value),
};

const CODECS = {
  ID: id,
  String: text,
  Decimal: decimal,
  Date: date,
  DateTime: dateTime,
  Int: int,
  Boolean: boolean,
  JSON: json,
} as const satisfies Record<ScalarName, unknown>;

export function codecOf<S extends ScalarName>(type: S): (typeof CODECS)[S] {
  return CODECS[type];
}

const enumCodecs = new WeakMap<EnumType, Codec<string, string, number>>();

/** Enums keep their names and sort in the order in which the model declares their values. */
export function enumCodec(type: EnumType): Codec<string, string, number> {
  const known = enumCodecs.get(type);
  if (known) return known;
  const ordinals = new Map(type.values.map((value, ordinal) => [value.name, ordinal]));
  const codec: Codec<string, string, number> = {
    parse: (value) => {
      if (typeof value === 'string' && ordinals.has(value)) return value;
      throw new CodecError(`Not a value of ${type.name}: ${[...ordinals.keys()].join(', ')}.`);
    },
    toColumn: (value) => value,
    fromColumn: (column) => column,
    orderKey: (value) => ordinals.get(value) ?? -1,
  };
  enumCodecs.set(type, codec);
  return codec;
}

function expectText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CodecError('Not text: write it as a string.');
}

function writeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    throw new CodecError('Not a JSON value.');
  }
}
