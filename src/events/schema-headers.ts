/** JSON Schema of the headers of events: CloudEvents 1.0 attributes as the Kafka binding names them. */
import type { JsonSchema } from './schema-values.ts';

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description });

const HEADERS = {
  ce_specversion: { type: 'string', const: '1.0', description: 'The version of CloudEvents.' },
  ce_id: text('The incarnation of the hub, the canonical id and the sequence. The same event always has the same id.'),
  ce_source: text('The hub and the topic that told it.'),
  ce_time: { type: 'string', format: 'date-time', description: 'When the hub saw it.' },
  ce_subject: text('The canonical id.'),
  ce_sequence: {
    type: 'string',
    pattern: '^[0-9]{16,}$',
    description: 'The place of the event among those of its key: without gaps in changes, and it sorts as text.',
  },
  ce_origin: text('The connection whose record brought the change; absent where the hub itself did.'),
  ce_reference: {
    type: 'string',
    const: 'true',
    description: 'The values are too large for a message and were left out: ask the graph for them.',
  },
  traceparent: text('The W3C trace that the change belongs to.'),
  'content-type': { type: 'string', const: 'application/json' },
} satisfies Record<string, JsonSchema>;

const ALWAYS = [
  'ce_specversion',
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_time',
  'ce_subject',
  'ce_sequence',
  'content-type',
];

/** Of one type of event, or of all. */
export function headerSchema(type?: string): JsonSchema {
  const { ce_specversion, ce_id, ce_source, ...others } = HEADERS;
  return {
    type: 'object',
    properties: {
      ce_specversion,
      ce_id,
      ce_source,
      ce_type: {
        type: 'string',
        ...(type !== undefined && { const: type }),
        description: 'What kind of event it is, with its version.',
      },
      ...others,
    },
    required: ALWAYS,
  };
}
