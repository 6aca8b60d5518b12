/** What a mapping wrote of one entity, checked against the model: each value in its exact form, unknown stays unknown. */
import { codecOf, enumCodec } from './codec.ts';
import { CodecError } from './codec-error.ts';
import type { Entity, Model, StoredField, ValueType } from './model.ts';

/** Canonical values by field; `null` is known to be empty, absent is unknown. */
export type ParsedValues = Readonly<Record<string, unknown>>;

/** Throws a `CodecError` with the field's path. Fields and companions of enums that the entity lacks are refused. */
export function parseValues(model: Model, entity: Entity, values: Readonly<Record<string, unknown>>): ParsedValues {
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const parse = parsersOf(model, entity).get(name);
    if (!parse) throw new CodecError(`${entity.name} has no such field to write.`, name);
    parsed[name] = value === null ? null : at(name, () => parse(value));
  }
  return parsed;
}

type Parse = (value: unknown) => unknown;
const parsers = new WeakMap<Entity, ReadonlyMap<string, Parse>>();

function parsersOf(model: Model, entity: Entity): ReadonlyMap<string, Parse> {
  const known = parsers.get(entity);
  if (known) return known;
  const made = new Map<string, Parse>();
  for (const field of entity.fields) {
    if (field.kind === 'collection') continue;
    made.set(field.name, parserOf(model, field));
    if (field.kind === 'enum') made.set(field.textName, codecOf('String').parse);
  }
  parsers.set(entity, made);
  return made;
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
  const members = type.members.map((member) => ({
    ...member,
    parse: member.kind === 'enum' ? enumCodec(typeNamed(model.enums, member.type)).parse : codecOf(member.type).parse,
  }));
  const names = new Set(members.map((member) => member.name));
  return (value) => {
    const given = expectObject(value, `Not a ${type.name}: write an object with its members.`);
    const stranger = Object.keys(given).find((name) => !names.has(name));
    if (stranger !== undefined) throw new CodecError(`${type.name} has no such member.`, stranger);
    const parsed: Record<string, unknown> = {};
    for (const { name, required, parse } of members) {
      const member = given[name] ?? null;
      if (member === null && required) throw new CodecError(`A ${type.name} cannot be without it.`, name);
      parsed[name] = member === null ? null : at(name, () => parse(member));
    }
    return parsed;
  };
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

function at<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const reason = error.path === '' ? error.message : error.message.slice(error.path.length + 2);
    throw new CodecError(reason, error.path === '' ? name : `${name}.${error.path}`);
  }
}

function typeNamed<T>(types: ReadonlyMap<string, T>, name: string): T {
  const type = types.get(name);
  if (!type) throw new Error(`The model has no type ${name}.`);
  return type;
}
