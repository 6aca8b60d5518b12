/** JSON Schema of what the hub tells beside changes and states: the same for every model. */
import { JSON_SCHEMA, type JsonSchema, schemaId } from './schema-values.ts';

export const SNAPSHOT_MARKER = 'isthmus.SnapshotMarker.v1';
export const SOURCE_OBSERVED = 'isthmus.source.observed.v1';
export const DEAD_LETTER = 'isthmus.dead-letter.v1';

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description });
const values: JsonSchema = {
  type: 'object',
  description: 'Canonical fields that it knows. References are source keys: connection, stream and key.',
};
const place: JsonSchema = { type: 'integer', minimum: 0 };

/** By name; several types of event may share one. */
export const SHARED_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  [SNAPSHOT_MARKER]: {
    $schema: JSON_SCHEMA,
    $id: schemaId(SNAPSHOT_MARKER),
    title: SNAPSHOT_MARKER,
    description:
      'Stands before and after the records of a snapshot, in every partition of the topic, without a key. In between come changes with the op `snapshot`, and others that happen meanwhile.',
    type: 'object',
    properties: {
      snapshot: { type: 'string', minLength: 1, description: 'Which snapshot.' },
      partition: { ...place, description: 'The partition that it speaks of.' },
      position: {
        ...place,
        description: "Every change before this offset of the hub's log was told before the marker.",
      },
      count: { ...place, description: 'Records told in this partition; only at the end.' },
    },
    required: ['snapshot', 'partition', 'position'],
  },
  [SOURCE_OBSERVED]: {
    $schema: JSON_SCHEMA,
    $id: schemaId(SOURCE_OBSERVED),
    title: SOURCE_OBSERVED,
    description: 'One source record as a system has it, mapped to canonical values, before any other system has a say.',
    type: 'object',
    properties: {
      op: { enum: ['create', 'update', 'delete'], description: 'What the hub saw of it.' },
      records: { type: 'array', items: { $ref: '#/$defs/Record' }, description: 'What it says; nothing when deleted.' },
    },
    required: ['op', 'records'],
    $defs: {
      Line: {
        type: 'object',
        properties: { key: text('The key of the line in its document.'), values },
        required: ['key', 'values'],
      },
      Record: {
        type: 'object',
        description: 'What it says of one canonical entity.',
        properties: {
          entity: text('The entity that it speaks of, such as `Customer`.'),
          key: text('The key by which the system knows it.'),
          values,
          lines: {
            type: 'object',
            additionalProperties: { type: 'array', items: { $ref: '#/$defs/Line' } },
            description: 'Lines by the name of their entity.',
          },
        },
        required: ['entity', 'key', 'values'],
      },
    },
  },
  [DEAD_LETTER]: {
    $schema: JSON_SCHEMA,
    $id: schemaId(DEAD_LETTER),
    title: DEAD_LETTER,
    description:
      'An event that the brokers refused for good: its value as it was. `ce_originaltype` says which schema it has, `ce_reason` why it is here.',
  },
};
