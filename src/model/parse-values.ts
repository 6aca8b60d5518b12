/** What a mapping wrote of one entity, checked against the model: each value in its exact form, unknown stays unknown. */
import { codecOf, enumCodec } from './codec.ts';
import { CodecError } from './codec-error.ts';
import type { Entity, Model, StoredField, ValueType } from './model.ts';

/** Canonical values by field; `null` is known to be empty, absent is unknown. */
export type ParsedValues = Record<string, unknown>;

/**
 * In the model's order, so that the same values always look the same. Throws a `CodecError` with the field's path.
 * Fields and companions of enums that the entity lacks are refused.
 */
export function parseValues(model: Model, entity: Entity, values: Readonly<Record<string, unknown>>): ParsedValues {
  const parsers = parsersOf(model, entity);
  for (const name of Object.keys(values)) {
    if (values[name] !== undefined && !parsers.has(name)) {
      throw new CodecError(`${entity.name} has no such field to write.`, name);
    }
  }
  return parseEach(parsers, values);
}

type Parse = (value: unknown) => unknown;
type Parsers = ReadonlyMap<string, Parse>;
const parsersByEntity = new WeakMap<Entity, Parsers>();

function parsersOf(model: Model, entity: Entity): Parsers {
  const known = parsersByEntity.get(entity);
  if (known) return known;
  const made = new Map<string, Parse>();
  for (const field of entity.fields) {
    if (field.kind === 'collection') continue;
    made.set(field.name, parserOf(model, field));
    if (field.kind === 'enum') made.set(field.textName, codecOf('String').parse);
  }
  parsersByEntity.set(entity, made);
  return made;
}

/** What is undefined stays away. */
function parseEach(parsers: Parsers, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  let at = '';
  try {
    for (const [name, parse] of parsers) {
      const value = values[name];
      if (value === undefined) continue;
      at = name;
      parsed[name] = value === null ? null : parse(value);
    }
  } catch (error) {
    throw located(error, at);
  }
  return parsed;
}

function parserOf(model: Model, field: StoredField): Parse {
  switch (field.kind) {
    case 'scalar':
      return codecOf(field.type).parse;
    case 'enum':
      return enumCodec(typeNamed(model.enums, field.type)).parse;
    case 'reference':
      return parseReference;
    case 'value':
      return valueParser(model, typeNamed(model.values, field.type));
  }
}

function valueParser(model: Model, type: ValueType): Parse {
  const members = new Map(type.members.map((member): [string, Parse] => [member.name, memberParser(model, member)]));
  const required = type.members.filter((member) => member.required).map((member) => member.name);
  const empty = Object.fromEntries(type.members.map(({ name }) => [name, null]));
  return (value) => {
    const given = expectObject(value, `Not a ${type.name}: write an object with its members.`);
    const stranger = Object.keys(given).find((name) => !members.has(name));
    if (stranger !== undefined) throw new CodecError(`${type.name} has no such member.`, stranger);
    for (const name of required) {
      if ((given[name] ?? null) === null) throw new CodecError(`A ${type.name} cannot be without it.`, name);
    }
    return { ...empty, ...parseEach(members, given) };
  };
}

function memberParser(model: Model, member: ValueType['members'][number]): Parse {
  return member.kind === 'enum' ? enumCodec(typeNamed(model.enums, member.type)).parse : codecOf(member.type).parse;
}

function parseReference(value: unknown): unknown {
  const { connection, stream, key } = expectObject(value, 'Not a reference: write { stream, key }.');
  const isNamed = typeof stream === 'string' && stream !== '' && typeof key === 'string' && key !== '';
  if (!isNamed || (connection !== undefined && typeof connection !== 'string')) {
    throw new CodecError('Not a reference: write { stream, key }, neither of them empty.');
  }
  return connection === undefined ? { stream, key } : { connection, stream, key };
}

function expectObject(value: unknown, message: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new CodecError(message);
}

function located(error: unknown, name: string): unknown {
  if (!(error instanceof CodecError)) return error;
  const reason = error.path === '' ? error.message : error.message.slice(error.path.length + 2);
  return new CodecError(reason, error.path === '' ? name : `${name}.${error.path}`);
}

function typeNamed<T>(types: ReadonlyMap<string, T>, name: string): T {
  const type = types.get(name);
  if (!type) throw new Error(`The model has no type ${name}.`);
  return type;
}
