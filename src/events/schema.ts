/** JSON Schema 2020-12 of every event, printed from the model: what consumers may count on, and `schema:check` guards. */
import { entityOf, type Model } from '#model';
import { JSON_SCHEMA, type JsonSchema, orNull, schemaId, ValueSchemas } from './schema-values.ts';
import { eventType, TOPIC_KINDS, type TopicKind, topicEntities } from './topics.ts';
import { EVENT_VERSIONS, toldVersions, versionsOf } from './versions.ts';

/** The schema of the `data` of one type of event. */
export interface EventSchema {
  /** As `ce_type` has it, such as `isthmus.Customer.changed.v1`. */
  readonly type: string;
  readonly kind: TopicKind;
  readonly entity: string;
  readonly version: number;
  readonly schema: JsonSchema;
}

/** The schema with which an earlier version of an event was released, by its type. */
export type ReleasedSchema = (type: string) => JsonSchema | undefined;

/** Of all entities that have topics, changes and states, in each version that is told. */
export function eventSchemas(
  model: Model,
  versions = EVENT_VERSIONS,
  released: ReleasedSchema = () => undefined,
): readonly EventSchema[] {
  return topicEntities(model).flatMap(({ name: entity }) =>
    toldVersions(versions, entity).flatMap((version) =>
      TOPIC_KINDS.map((kind): EventSchema => {
        const type = eventType(kind, entity, version);
        const isCurrent = version === versionsOf(versions, entity).current;
        const schema = isCurrent ? SCHEMAS[kind](model, entity, type) : released(type);
        if (!schema) throw new Error(`${type} was never released, so nobody can need it: take it out of the versions.`);
        return { type, kind, entity, version, schema };
      }),
    ),
  );
}

function changed(model: Model, entity: string, type: string): JsonSchema {
  const values = new ValueSchemas(model);
  const record = orNull(values.record(entity));
  return {
    $schema: JSON_SCHEMA,
    $id: schemaId(type),
    title: type,
    description: `What happened to one ${entity}. ${entityOf(model, entity).description}`,
    type: 'object',
    properties: {
      op: { enum: ['create', 'update', 'delete', 'merge', 'split', 'snapshot'], description: OPS },
      otherId: {
        type: 'string',
        minLength: 1,
        description: '`merge`: the id that lives on. `split`: the id that it parted from.',
      },
      before: { ...record, description: 'The golden record before, null where there was none.' },
      after: { ...record, description: 'The golden record since, null where there is none any more.' },
      changed: { type: 'array', items: { type: 'string' }, description: 'Names of the fields that differ.' },
      owners: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'By field, group or set of lines: the connection that it was taken from.',
      },
    },
    required: ['op', 'before', 'after', 'changed', 'owners'],
    $defs: values.defs,
  };
}

const OPS = [
  'What happened to the record.',
  '- `create`: it was seen for the first time.',
  '- `update`: some of its fields differ.',
  '- `delete`: no system has it any more.',
  '- `merge`: it is the same as another, which lives on.',
  '- `split`: it parted from another.',
  '- `snapshot`: nothing; it is told as it stands, for consumers that begin.',
].join('\n');

function state(model: Model, entity: string, type: string): JsonSchema {
  const values = new ValueSchemas(model);
  const record = values.record(entity);
  return {
    $schema: JSON_SCHEMA,
    $id: schemaId(type),
    title: type,
    description: `One ${entity} as it stands. A message without a value says that it is gone.`,
    ...record,
    $defs: values.defs,
  };
}

const SCHEMAS = { changes: changed, state } as const satisfies Record<TopicKind, unknown>;
