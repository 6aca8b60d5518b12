/** JSON Schema of what the hub tells beside changes and states: the same for every model. */
import { JSON_SCHEMA, type JsonSchema, schemaId } from './schema-values.ts';

export const SNAPSHOT_MARKER = 'isthmus.SnapshotMarker.v1';
export const DEAD_LETTER = 'isthmus.dead-letter.v1';

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
  [DEAD_LETTER]: {
    $schema: JSON_SCHEMA,
    $id: schemaId(DEAD_LETTER),
    title: DEAD_LETTER,
    description:
      'An event that the brokers refused for good: its value as it was. `ce_originaltype` says which schema it has, `ce_reason` why it is here.',
  },
};
