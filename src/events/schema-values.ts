/** JSON Schema 2020-12 of canonical values as events tell them, with the words of the model's own files. */
import type {
  EnumField,
  EnumMember,
  EnumType,
  Field,
  Model,
  ScalarField,
  ScalarMember,
  ScalarName,
  ValueField,
  ValueType,
} from '#model';

export const JSON_SCHEMA = 'https://json-schema.org/draft/2020-12/schema';

/** The name of the file that a type's schema is printed to. */
export function schemaFile(type: string): string {
  return `${type.replace(/^isthmus\./, '')}.schema.json`;
}

export function schemaId(type: string): string {
  return `urn:isthmus:event:${type.replace(/^isthmus\./, '')}`;
}

/** As much of JSON Schema as events need. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly deprecated?: true;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly const?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** Whole numbers of 32 bits, as GraphQL's Int. */
const INT = { minimum: -2_147_483_648, maximum: 2_147_483_647 };
const SCALARS: Readonly<Record<ScalarName, JsonSchema>> = {
  ID: { type: 'string', minLength: 1 },
  String: { type: 'string' },
  Int: { type: 'integer', ...INT },
  Boolean: { type: 'boolean' },
  Decimal: { type: 'string', pattern: '^-?(0|[1-9][0-9]{0,37})(\\.[0-9]{1,38})?$' },
  DateTime: { type: 'string', format: 'date-time' },
  Date: { type: 'string', format: 'date' },
  JSON: {},
};

const CANONICAL_ID: JsonSchema = {
  ...SCALARS.ID,
  description: 'The canonical id, given by the hub, the same for ever.',
};

/** Collects the named types that a schema speaks of, each once. */
export class ValueSchemas {
  readonly #model: Model;
  readonly #defs = new Map<string, JsonSchema>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Of everything that was asked for so far, in the order of names. */
  get defs(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#defs].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }

  /** A golden record with its lines; for a line, without the reference to its document. */
  record(entityName: string): JsonSchema {
    return this.#named(entityName, () => {
      const entity = this.#model.entities.get(entityName);
      if (!entity) throw new Error(`The model has no entity ${entityName}.`);
      const properties: Record<string, JsonSchema> = { id: CANONICAL_ID };
      for (const field of entity.fields) {
        if (entity.partOf?.field !== field.name) Object.assign(properties, this.#field(entityName, field));
      }
      return { type: 'object', description: entity.description, properties, required: ['id'] };
    });
  }

  #field(owner: string, field: Field): Readonly<Record<string, JsonSchema>> {
    if (field.kind === 'collection') {
      if (this.#model.entities.get(field.target)?.partOf?.parent !== owner) return {};
      return { [field.name]: { type: 'array', items: this.record(field.target), ...aboutField(field) } };
    }
    if (field.live || field.classification === 'PAYMENT') return {};
    const about = aboutField(field);
    switch (field.kind) {
      case 'scalar':
        return { [field.name]: { ...orNull(SCALARS[field.type]), ...about } };
      case 'reference': {
        const description = `${about.description} The canonical id of a ${field.target}.`.trimStart();
        return { [field.name]: { ...orNull(SCALARS.ID), ...about, description } };
      }
      case 'value':
        return { [field.name]: { ...orNull(this.#value(field)), ...about } };
      case 'enum':
        return {
          [field.name]: { ...orNull(this.#enum(field)), ...about },
          [field.textName]: { ...orNull(SCALARS.String), description: aboutText(field) },
        };
    }
  }

  #value({ type }: ValueField): JsonSchema {
    return this.#named(type, () => {
      const { description, members } = named<ValueType>(this.#model.values, type);
      const told = members.filter(({ classification }) => classification !== 'PAYMENT');
      const properties = told.map((member) => [member.name, this.#member(member)] as const);
      // A member that holds personal data may be left out, whether or not the value can be without it.
      const required = told.filter((member) => member.required && member.classification !== 'PERSONAL');
      return {
        type: 'object',
        description,
        properties: Object.fromEntries(properties),
        ...(required.length > 0 && { required: required.map(({ name }) => name) }),
      };
    });
  }

  #member(member: ScalarMember | EnumMember): JsonSchema {
    const schema = member.kind === 'enum' ? this.#enum(member) : SCALARS[member.type];
    return { ...(member.required ? schema : orNull(schema)), ...aboutField(member) };
  }

  #enum({ type }: EnumField | EnumMember): JsonSchema {
    return this.#named(type, () => {
      const { description, values } = named<EnumType>(this.#model.enums, type);
      const told = values.map((value) => `- \`${value.name}\`: ${value.description}`);
      return { enum: values.map(({ name }) => name), description: [description, ...told].join('\n') };
    });
  }

  #named(name: string, make: () => JsonSchema): JsonSchema {
    if (!this.#defs.has(name)) this.#defs.set(name, make());
    return { $ref: `#/$defs/${name}` };
  }
}

/** The same, or null: known to be empty, or known by no system. */
export function orNull(schema: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) return { anyOf: [schema, { type: 'null' }] };
  if (typeof schema.type === 'string') return { ...schema, type: [schema.type, 'null'] };
  return schema;
}

type Described = Pick<ScalarField, 'description' | 'classification' | 'unit' | 'deprecationReason'>;

function aboutField(field: Partial<Described>): { readonly description: string; readonly deprecated?: true } {
  const description = [
    field.description,
    field.unit && `In ${field.unit}.`,
    field.classification === 'PERSONAL' && 'Personal data: told only where `topics.personal` of the hub names it.',
    field.deprecationReason && `Deprecated: ${field.deprecationReason}`,
  ];
  return { description: description.filter(Boolean).join(' '), ...(field.deprecationReason && { deprecated: true }) };
}

function aboutText(field: EnumField): string {
  const text = `The system's own code where \`${field.name}\` has no value for it.`;
  return field.classification === 'PERSONAL' ? `${text} Personal data, as \`${field.name}\`.` : text;
}

function named<T>(types: ReadonlyMap<string, T>, name: string): T {
  const type = types.get(name);
  if (!type) throw new Error(`The model has no type ${name}.`);
  return type;
}
