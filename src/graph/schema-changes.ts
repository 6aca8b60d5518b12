/** The part of the schema that tells of changes: one subscription for each entity, with typed values. */
import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from 'graphql';
import type { CollectionField, Entity, Model, StoredField } from '#model';
import { changedName, changeName, changingEntities, isTold, referenceIdName, valuesName } from './names.ts';
import { DateTimeScalar } from './scalars.ts';
import type { Inputs } from './schema-inputs.ts';

type FieldMap = GraphQLFieldConfigMap<unknown, unknown>;

export interface KnownTypes {
  object(entity: Entity): GraphQLObjectType;
  value(field: StoredField): GraphQLOutputType;
}

const nonNull = <T extends GraphQLOutputType>(type: T) => new GraphQLNonNull(type as GraphQLOutputType as never);

const ChangeOp = new GraphQLEnumType({
  name: 'ChangeOp',
  description: 'What happened to a golden record.',
  values: {
    CREATE: { value: 'create', description: 'It was seen for the first time, or again after it was gone.' },
    UPDATE: { value: 'update', description: 'Its values changed, or those of its lines.' },
    DELETE: { value: 'delete', description: 'It is gone in every system.' },
    MERGE: { value: 'merge', description: 'It proved to be the same as another, `otherId`, which goes on for both.' },
    SPLIT: { value: 'split', description: 'It parted again from another, `otherId`.' },
  },
});

export class ChangeTypes {
  readonly #model: Model;
  readonly #inputs: Inputs;
  readonly #types: KnownTypes;
  readonly #values = new Map<string, GraphQLObjectType>();

  constructor(model: Model, inputs: Inputs, types: KnownTypes) {
    this.#model = model;
    this.#inputs = inputs;
    this.#types = types;
  }

  subscription(): GraphQLObjectType {
    const fields = changingEntities(this.#model).map((entity) => [changedName(entity), this.#field(entity)]);
    return new GraphQLObjectType({
      name: 'Subscription',
      description: 'Changes as they happen. How to follow them without a gap is told in docs/subscriptions.md.',
      fields: Object.fromEntries(fields),
    });
  }

  #field(entity: Entity): GraphQLFieldConfig<unknown, unknown> {
    return {
      type: nonNull(this.#change(entity)),
      description: [
        `Changes of ${entity.plural}, each once, in order for each ${entity.singular}.`,
        'Without `from` it begins with what happens next.',
      ].join(' '),
      args: {
        ids: {
          type: new GraphQLList(new GraphQLNonNull(GraphQLID)),
          description: 'Only of these, and of those that they are merged into; of all when absent.',
        },
        filter: {
          type: this.#inputs.changeFilterOf(entity),
          description: [
            'Only changes whose values match before or after, so what stops matching is told once more.',
            'A change whose values were too large to be kept cannot be judged, and is told.',
          ].join(' '),
        },
        from: {
          type: GraphQLString,
          description: [
            'A `resumeToken` of an event, or a `changesToken`: everything behind it comes, then what happens next. An error',
            'with the code GONE: not all of it is kept any more; read the list anew.',
          ].join(' '),
        },
      },
    };
  }

  #change(entity: Entity): GraphQLObjectType {
    const values = this.#valuesOf(entity);
    return new GraphQLObjectType({
      name: changeName(entity.name),
      description: `One change of one ${entity.singular}.`,
      fields: {
        op: { type: nonNull(ChangeOp), description: 'What happened.' },
        eventId: {
          type: nonNull(GraphQLID),
          description: 'The same for this change on every way out of the hub: the CloudEvents `id` of the topics.',
        },
        id: { type: nonNull(GraphQLID), description: `The canonical id of the ${entity.singular}.` },
        otherId: {
          type: GraphQLID,
          description: 'MERGE: the surviving id. SPLIT: the id that this one parted from. Else null.',
        },
        sequence: {
          type: nonNull(GraphQLInt),
          description: 'Counts the changes of this id, without gaps; drop what is not greater than what you have.',
        },
        at: { type: nonNull(DateTimeScalar), description: 'When the hub stored the change.' },
        origin: {
          type: GraphQLString,
          description: "The connection whose observation brought it; null when the hub's config or model did.",
        },
        changed: {
          type: nonNull(new GraphQLList(nonNull(GraphQLString))),
          description: 'Names of the fields that differ, for UPDATE; otherwise empty.',
        },
        before: { type: values, description: 'The values before; null when there were none, or `isTooLarge`.' },
        after: { type: values, description: 'The values after; null when there are none, or `isTooLarge`.' },
        [entity.singular]: {
          type: this.#types.object(entity),
          description: [
            'The golden record as it is when the event is sent, by the same readers as queries: what hangs below it can be',
            'asked for too. After a merge the surviving one. Null when it is gone by then.',
          ].join(' '),
        },
        isTooLarge: {
          type: nonNull(GraphQLBoolean),
          description: `The values were too large to be kept with the change; ask for \`${entity.singular}\`.`,
        },
        resumeToken: {
          type: nonNull(GraphQLString),
          description: 'For `from`: goes on behind this event. Opaque.',
        },
      },
    });
  }

  #valuesOf(entity: Entity): GraphQLObjectType {
    const known = this.#values.get(entity.name);
    if (known) return known;
    const made: GraphQLObjectType = new GraphQLObjectType({
      name: valuesName(entity.name),
      description: `The values of one ${entity.singular} at one moment, as a change tells them. Payment data is never among them.`,
      fields: () => this.#valueFields(entity),
    });
    this.#values.set(entity.name, made);
    return made;
  }

  #valueFields(entity: Entity): FieldMap {
    const fields: FieldMap = { id: { type: nonNull(GraphQLID), description: 'The canonical id.' } };
    for (const field of entity.fields) {
      if (field.kind === 'collection') this.#addLines(fields, entity, field);
      // A line stands in its document.
      else if (isTold(field) && field.name !== entity.partOf?.field) this.#addValue(fields, field);
    }
    return fields;
  }

  #addValue(fields: FieldMap, field: StoredField): void {
    const { deprecationReason } = field;
    if (field.kind === 'reference') {
      const description = `The canonical id of: ${field.description}`;
      fields[referenceIdName(field)] = { type: GraphQLID, description, deprecationReason };
      return;
    }
    const description = withUnit(field.description, field.unit);
    fields[field.name] = { type: this.#types.value(field), description, deprecationReason };
    if (field.kind === 'enum')
      fields[field.textName] = {
        type: GraphQLString,
        description: `The system's own code, where no mapping knows it as a value of \`${field.name}\`; else null.`,
      };
  }

  #addLines(fields: FieldMap, entity: Entity, field: CollectionField): void {
    const target = this.#model.entities.get(field.target);
    if (target?.partOf?.parent !== entity.name) return;
    const type = new GraphQLList(new GraphQLNonNull(this.#valuesOf(target)));
    fields[field.name] = { type, description: field.description };
  }
}

export function withUnit(description: string, unit: string | undefined): string {
  return unit ? `${description}\n\nUnit: ${unit}.` : description;
}
