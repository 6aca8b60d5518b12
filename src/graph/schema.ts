import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLEnumType,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  GraphQLString,
  specifiedDirectives,
} from 'graphql';
import type { CollectionField, Entity, EnumMember, Model, ScalarMember, StoredField, ValueType } from '#model';
import {
  bySourceName,
  CHANGES_TOKEN,
  CONTENT_URL,
  connectionName,
  edgeName,
  fieldEnumName,
  PROVENANCE,
  unitsOf,
} from './names.ts';
import { DateScalar, DateTimeScalar, DecimalScalar, JSONScalar } from './scalars.ts';
import { ChangeTypes, withUnit } from './schema-changes.ts';
import { Inputs } from './schema-inputs.ts';

type FieldConfig = GraphQLFieldConfig<unknown, unknown>;
type FieldMap = GraphQLFieldConfigMap<unknown, unknown>;

const nonNull = <T extends GraphQLOutputType>(type: T) => new GraphQLNonNull(type as GraphQLOutputType as never);
const listOf = (type: GraphQLOutputType) => nonNull(new GraphQLList(nonNull(type)));

const SCALARS = {
  String: GraphQLString,
  Int: GraphQLInt,
  Boolean: GraphQLBoolean,
  Decimal: DecimalScalar,
  DateTime: DateTimeScalar,
  Date: DateScalar,
  JSON: JSONScalar,
};

export const MAX_STALENESS = 'maxStaleness';

export const maxStalenessDirective = new GraphQLDirective({
  name: MAX_STALENESS,
  description: [
    'How old the values below may be. Where the store is older, objects are read from their systems, batched; 0 always',
    "asks. It refreshes values: which rows a list has, their order and `totalCount` are the store's, as of the moments in",
    '`extensions.isthmus.asOf`. So with `filter: {stage: {eq: NEGOTIATION}}` a row whose stage has meanwhile become WON',
    'stays in the page and shows WON. When a system is down, the last observed values are served and',
    '`extensions.isthmus.degraded` says so. The innermost directive counts.',
  ].join('\n'),
  locations: [DirectiveLocation.QUERY, DirectiveLocation.FIELD],
  args: { seconds: { type: new GraphQLNonNull(GraphQLInt), description: 'Not negative.' } },
});

const PageInfo = new GraphQLObjectType({
  name: 'PageInfo',
  description: 'Where a page stands in its list (Relay).',
  fields: {
    hasNextPage: { type: nonNull(GraphQLBoolean), description: 'Whether there is more after `endCursor`.' },
    hasPreviousPage: { type: nonNull(GraphQLBoolean), description: 'Whether there is more before `startCursor`.' },
    startCursor: { type: GraphQLString, description: 'Cursor of the first row; null when the page is empty.' },
    endCursor: { type: GraphQLString, description: 'Cursor of the last row; null when the page is empty.' },
  },
});

const FieldProvenance = new GraphQLObjectType({
  name: 'FieldProvenance',
  description: 'Where the value of a field, or of a group of fields, comes from.',
  fields: {
    field: { type: nonNull(GraphQLString), description: 'Name of the field, or of the group of fields.' },
    connection: { type: nonNull(GraphQLString), description: "The system's name in the hub's config." },
    stream: { type: nonNull(GraphQLString), description: 'The kind of source record.' },
    sourceId: { type: nonNull(GraphQLString), description: "The source record's key in its system." },
    observedAt: { type: nonNull(DateTimeScalar), description: 'When the hub last read the source record.' },
    staleness: {
      type: nonNull(GraphQLInt),
      description: 'Seconds for which a change in the system may have gone unseen; 0 when just read.',
    },
  },
});

/** Everything of the business graph that follows from the model. Without resolvers: a schema to read and to print. */
export function buildSchema(model: Model): GraphQLSchema {
  return new SchemaBuilder(model).build();
}

class SchemaBuilder {
  readonly #model: Model;
  readonly #enums: ReadonlyMap<string, GraphQLEnumType>;
  readonly #values: ReadonlyMap<string, GraphQLObjectType>;
  readonly #objects: ReadonlyMap<string, GraphQLObjectType>;
  readonly #connections: ReadonlyMap<string, GraphQLObjectType>;
  readonly #inputs: Inputs;
  readonly #node: GraphQLInterfaceType;

  constructor(model: Model) {
    this.#model = model;
    this.#enums = mapped(model.enums, ({ name, description, values }) => {
      const entries = values.map((value) => [value.name, { description: value.description }]);
      return new GraphQLEnumType({ name, description, values: Object.fromEntries(entries) });
    });
    this.#inputs = new Inputs(model, this.#enums);
    this.#node = new GraphQLInterfaceType({
      name: 'Node',
      description: 'Anything with a canonical id.',
      fields: { id: { type: nonNull(GraphQLID), description: 'The canonical id, the same for ever.' } },
    });
    this.#values = mapped(model.values, (value) => this.#valueType(value));
    this.#objects = mapped(model.entities, (entity) => this.#objectType(entity));
    this.#connections = mapped(model.entities, (entity) => this.#connectionType(entity));
  }

  build(): GraphQLSchema {
    const query = new GraphQLObjectType({ name: 'Query', fields: () => this.#rootFields() });
    return new GraphQLSchema({
      query,
      subscription: this.#changes().subscription(),
      types: [...this.#objects.values()],
      directives: [...specifiedDirectives, maxStalenessDirective],
    });
  }

  #changes(): ChangeTypes {
    return new ChangeTypes(this.#model, this.#inputs, {
      object: (entity) => this.#objects.get(entity.name)!,
      value: (field) => this.#typeOf(field),
    });
  }

  #rootFields(): FieldMap {
    const fields: FieldMap = {
      node: {
        type: this.#node,
        description: 'Any object by its canonical id; null when nothing has it.',
        args: { id: { type: new GraphQLNonNull(GraphQLID) } },
      },
    };
    fields[CHANGES_TOKEN] = {
      type: nonNull(GraphQLString),
      description: [
        'Where the log of changes ends now. Ask for it before you list, then subscribe `from` it: nothing that happens in',
        'between is missed; what the list shows already may come once more.',
      ].join('\n'),
    };
    for (const entity of this.#model.entities.values()) {
      const type = this.#objects.get(entity.name)!;
      fields[entity.singular] = {
        type,
        description: `${entity.description}\n\nBy canonical id; null when nothing has it. An id that was merged answers with the surviving object.`,
        args: { id: { type: new GraphQLNonNull(GraphQLID) } },
      };
      fields[bySourceName(entity)] = {
        type,
        description: `The ${entity.singular} that a source record describes; null when the hub holds none.`,
        args: {
          connection: {
            type: new GraphQLNonNull(GraphQLString),
            description: "The system's name in the hub's config.",
          },
          stream: { type: new GraphQLNonNull(GraphQLString), description: 'The kind of source record.' },
          sourceId: { type: new GraphQLNonNull(GraphQLID), description: 'The key, as the system itself spells it.' },
        },
      };
      fields[entity.plural] = { ...this.#page(entity), description: entity.description };
    }
    return fields;
  }

  #objectType(entity: Entity): GraphQLObjectType {
    return new GraphQLObjectType({
      name: entity.name,
      description: entity.description,
      interfaces: [this.#node],
      fields: () => this.#objectFields(entity),
    });
  }

  #objectFields(entity: Entity): FieldMap {
    const fields: FieldMap = { id: { type: nonNull(GraphQLID), description: 'The canonical id, the same for ever.' } };
    for (const field of entity.fields) {
      if (field.kind === 'collection') {
        fields[field.name] = this.#collection(field);
        continue;
      }
      fields[field.name] = {
        type: this.#typeOf(field),
        description: withUnit(field.description, field.unit),
        deprecationReason: field.deprecationReason,
      };
      if (field.kind === 'enum')
        fields[field.textName] = {
          type: GraphQLString,
          description: `The system's own code, where no mapping knows it as a value of \`${field.name}\`; else null.`,
        };
    }
    if (entity.hasContent)
      fields[CONTENT_URL] = {
        type: GraphQLString,
        description: 'A signed address of the bytes, on this hub, valid for a short time. Supports ranges.',
      };
    fields[PROVENANCE] = this.#provenance(entity);
    return fields;
  }

  #collection(field: CollectionField): FieldConfig {
    return {
      ...this.#page(this.#model.entities.get(field.target)!),
      description: field.description,
      deprecationReason: field.deprecationReason,
    };
  }

  #provenance(entity: Entity): FieldConfig {
    const units = unitsOf(entity).map((unit) => [unit, {}]);
    const names = new GraphQLEnumType({
      name: fieldEnumName(entity.name),
      description: `Fields of ${entity.name}, and groups of fields, as they are owned.`,
      values: Object.fromEntries(units),
    });
    return {
      type: listOf(FieldProvenance),
      description: 'Which system each fact comes from; all that are known when `fields` is absent.',
      args: { fields: { type: new GraphQLList(new GraphQLNonNull(names)) } },
    };
  }

  #page(entity: Entity): { readonly type: GraphQLOutputType; readonly args: GraphQLFieldConfigArgumentMap } {
    return {
      type: nonNull(this.#connections.get(entity.name)!),
      args: {
        filter: { type: this.#inputs.filterOf(entity) },
        orderBy: {
          type: new GraphQLList(new GraphQLNonNull(this.#inputs.orderOf(entity))),
          description: 'By canonical id, that is by age, when absent; ties are always broken by it.',
        },
        first: {
          type: GraphQLInt,
          description: 'Rows from the beginning, or after `after`; 50 when no number is given.',
        },
        after: { type: GraphQLString, description: 'A cursor of the same list.' },
        last: { type: GraphQLInt, description: 'Rows from the end, or before `before`.' },
        before: { type: GraphQLString, description: 'A cursor of the same list.' },
      },
    };
  }

  #connectionType(entity: Entity): GraphQLObjectType {
    const type = this.#objects.get(entity.name)!;
    const edge = new GraphQLObjectType({
      name: edgeName(entity.name),
      fields: {
        cursor: { type: nonNull(GraphQLString), description: 'Where this row stands in its list; opaque.' },
        node: { type: nonNull(type) },
      },
    });
    return new GraphQLObjectType({
      name: connectionName(entity.name),
      description: `A page of ${entity.plural}.`,
      fields: {
        totalCount: { type: nonNull(GraphQLInt), description: 'Rows of the whole list; counted only when asked for.' },
        edges: { type: listOf(edge) },
        nodes: { type: listOf(type) },
        pageInfo: { type: nonNull(PageInfo) },
      },
    });
  }

  #valueType(value: ValueType): GraphQLObjectType {
    const fields = value.members.map((member) => {
      const type = this.#memberType(member);
      const description = withUnit(member.description, member.unit);
      return [member.name, { type: member.required ? nonNull(type) : type, description }];
    });
    return new GraphQLObjectType({
      name: value.name,
      description: value.description,
      fields: Object.fromEntries(fields),
    });
  }

  #memberType(member: ScalarMember | EnumMember): GraphQLOutputType {
    return member.kind === 'enum' ? this.#enums.get(member.type)! : SCALARS[member.type];
  }

  #typeOf(field: StoredField): GraphQLOutputType {
    if (field.kind === 'scalar') return SCALARS[field.type];
    if (field.kind === 'enum') return this.#enums.get(field.type)!;
    if (field.kind === 'value') return this.#values.get(field.type)!;
    return this.#objects.get(field.target)!;
  }
}

function mapped<A, B>(source: ReadonlyMap<string, A>, to: (value: A) => B): ReadonlyMap<string, B> {
  return new Map([...source].map(([name, value]) => [name, to(value)]));
}
