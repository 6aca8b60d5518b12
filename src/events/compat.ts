/**
 * Whether consumers and events of two revisions of a schema get on: each event of the one can be read by whoever
 * knows the other. Consumers ignore fields that they do not know, and the hub writes none that its schema does not have.
 */
import type { JsonSchema } from './schema-values.ts';

export interface Incompatibility {
  /** Where in an event, such as `after.address.city`; `lines[]` is any of them, `owners.*` any field. */
  readonly place: string;
  readonly problem: string;
}

/** What of `writer`'s events a consumer that knows `reader` cannot read. Empty: it reads all of them. */
export function unreadable(writer: JsonSchema, reader: JsonSchema): readonly Incompatibility[] {
  return new Comparison(writer, reader).problems;
}

/** Fields that consumers of `older` may read and events of `newer` no longer have. */
export function missing(older: JsonSchema, newer: JsonSchema): readonly Incompatibility[] {
  return new Comparison(older, newer).missing;
}

/** One schema without its refs and its ways to say null. */
interface Shape {
  /** Undefined: any. */
  readonly types: ReadonlySet<string> | undefined;
  /** Undefined: any. */
  readonly values: ReadonlySet<string> | undefined;
  readonly schema: JsonSchema;
}

const TEXT_RULES = ['format', 'pattern'] as const;
const KNOWN = new Set<keyof JsonSchema>([
  ...(['$schema', '$id', '$defs', '$ref', 'title', 'description', 'deprecated', 'type', 'enum', 'const'] as const),
  ...(['format', 'pattern', 'minimum', 'maximum', 'minLength', 'properties', 'required'] as const),
  ...(['additionalProperties', 'items', 'anyOf'] as const),
]);

class Comparison {
  readonly #problems = new Map<string, Incompatibility>();
  readonly #missing = new Map<string, Incompatibility>();
  readonly #writer: JsonSchema;
  readonly #reader: JsonSchema;

  constructor(writer: JsonSchema, reader: JsonSchema) {
    this.#writer = writer;
    this.#reader = reader;
    this.#compare(writer, reader, '');
  }

  get problems(): readonly Incompatibility[] {
    return [...this.#problems.values()];
  }

  get missing(): readonly Incompatibility[] {
    return [...this.#missing.values()];
  }

  #compare(writer: JsonSchema, reader: JsonSchema, place: string): void {
    const written = shapeOf(writer, this.#writer);
    const read = shapeOf(reader, this.#reader);
    const strange = [...new Set([...strangeWords(written.schema), ...strangeWords(read.schema)])];
    if (strange.length > 0 && JSON.stringify(written.schema) !== JSON.stringify(read.schema)) {
      this.#report(place, `it differs, and says ${strange.join(', ')}, which this check does not understand`);
    }
    this.#compareTypes(written, read, place);
    this.#compareValues(written, read, place);
    this.#compareLimits(written.schema, read.schema, place);
    this.#compareObjects(written.schema, read.schema, place);
    if (written.schema.items && read.schema.items) {
      this.#compare(written.schema.items, read.schema.items, `${place}[]`);
    }
  }

  #compareTypes({ types: written }: Shape, { types: read }: Shape, place: string): void {
    const surplus = written ? [...written].filter((type) => !takes(read, type)) : ['anything'];
    if (read && surplus.length > 0) this.#report(place, `it may be ${list(surplus)}, where ${list(read)} is expected`);
  }

  #compareValues({ values: written }: Shape, { values: read }: Shape, place: string): void {
    const surplus = written ? [...written].filter((value) => !read?.has(value)) : ['anything'];
    if (read && surplus.length > 0) this.#report(place, `it may be ${list(surplus)}, where ${list(read)} is expected`);
  }

  #compareLimits(written: JsonSchema, read: JsonSchema, place: string): void {
    for (const rule of TEXT_RULES) {
      if (read[rule] === undefined || read[rule] === written[rule]) continue;
      this.#report(place, `its ${rule} is ${written[rule] ?? 'not limited'}, where ${read[rule]} is expected`);
    }
    for (const rule of ['minimum', 'minLength'] as const) {
      const least = read[rule];
      if (least !== undefined && (written[rule] ?? Number.NEGATIVE_INFINITY) < least) {
        this.#report(place, `its ${rule} is ${written[rule] ?? 'not limited'}, where ${least} is expected`);
      }
    }
    if (read.maximum !== undefined && (written.maximum ?? Number.POSITIVE_INFINITY) > read.maximum) {
      this.#report(place, `its maximum is ${written.maximum ?? 'not limited'}, where ${read.maximum} is expected`);
    }
  }

  #compareObjects(written: JsonSchema, read: JsonSchema, place: string): void {
    for (const name of read.required ?? []) {
      if (!written.required?.includes(name))
        this.#report(within(place, name), 'it may be absent, where it is required');
    }
    for (const [name, writtenField] of Object.entries(written.properties ?? {})) {
      const readField = read.properties?.[name];
      const at = within(place, name);
      if (readField) this.#compare(writtenField, readField, at);
      else if (read.properties) this.#missing.set(at, { place: at, problem: 'it is no longer there' });
    }
    const [writtenRest, readRest] = [written.additionalProperties, read.additionalProperties];
    if (readRest === undefined || readRest === true) return;
    const at = within(place, '*');
    if (readRest === false) this.#report(at, 'further fields are refused');
    else if (typeof writtenRest === 'object') this.#compare(writtenRest, readRest, at);
    else this.#report(at, 'fields may hold anything, where they are limited');
  }

  #report(place: string, problem: string): void {
    this.#problems.set(`${place} ${problem}`, { place: place || '(the event)', problem });
  }
}

function shapeOf(schema: JsonSchema, root: JsonSchema): Shape {
  const resolved = resolve(schema, root);
  const isNullable = resolved.anyOf?.some(({ type }) => type === 'null') ?? false;
  const others = resolved.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  const [only] = others;
  const core = only && others.length === 1 ? resolve(only, root) : resolved;
  const values = core.const === undefined ? core.enum : [core.const];
  const types = core.type === undefined ? typesOf(values) : [core.type].flat();
  return {
    types: types && new Set(isNullable ? [...types, 'null'] : types),
    values: values && new Set(values.filter((value) => value !== null)),
    schema: core,
  };
}

function typesOf(values: readonly (string | null)[] | undefined): readonly string[] | undefined {
  return values?.map((value) => (value === null ? 'null' : 'string'));
}

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1] ?? '';
  const found = root.$defs?.[name];
  if (!found) throw new Error(`The schema has no ${schema.$ref}.`);
  return resolve(found, root);
}

function strangeWords(schema: JsonSchema): readonly string[] {
  const strange = Object.keys(schema).filter((word) => !KNOWN.has(word as keyof JsonSchema));
  return (schema.anyOf?.filter(({ type }) => type !== 'null').length ?? 0) > 1 ? [...strange, 'anyOf'] : strange;
}

function takes(types: ReadonlySet<string> | undefined, type: string): boolean {
  return types?.has(type) || (type === 'integer' && types?.has('number')) || false;
}

const within = (place: string, name: string) => (place === '' ? name : `${place}.${name}`);
const list = (words: Iterable<string>) => [...words].toSorted().join(', ');
