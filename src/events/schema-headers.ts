/** JSON Schema of the headers of events: CloudEvents 1.0 attributes as the Kafka binding names them. */
import type { JsonSchema } from './schema-values.ts';

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description });

/** Of every event. */
const COMMON = {
  ce_specversion: { type: 'string', const: '1.0', description: 'The version of CloudEvents.' },
  ce_id: text('The same event always has the same id, however often it comes.'),
  ce_source: text('The hub and the topic that told it.'),
  ce_type: text('What kind of event it is, with its version.'),
  ce_time: { type: 'string', format: 'date-time', description: 'When the hub saw what it tells.' },
  ce_subject: text('What it is about: the canonical id, or the snapshot.'),
  'content-type': { type: 'string', const: 'application/json' },
} satisfies Record<string, JsonSchema>;

const SEQUENCE: JsonSchema = {
  type: 'string',
  pattern: '^[0-9]{16,}$',
  description: 'The place of the event among those of its key: without gaps in changes, and it sorts as text.',
};
const REFERENCE: JsonSchema = {
  type: 'string',
  const: 'true',
  description: 'The values are too large for a message and were left out: ask the graph for them.',
};
const TRACE = text('The W3C trace that the change belongs to.');

/** Of changes and states. */
const RECORD = {
  ce_sequence: SEQUENCE,
  ce_origin: text('The connection whose record brought the change; absent where the hub itself did.'),
  ce_reference: REFERENCE,
  traceparent: TRACE,
} satisfies Record<string, JsonSchema>;

const DEAD_LETTER = {
  ce_sequence: SEQUENCE,
  ce_originaltopic: text('Where it was to go.'),
  ce_originalpartition: { type: 'string', pattern: '^[0-9]+$', description: 'The partition of that topic.' },
  ce_originaltype: { type: 'string', description: 'The type of the refused event, which says how to read the value.' },
  ce_originalid: { type: 'string', description: 'The id of the refused event.' },
  ce_originaltime: { type: 'string', format: 'date-time', description: 'The time of the refused event.' },
  ce_code: text('The code of the refusal, as docs/errors.md has it.'),
  ce_reason: { type: 'string', description: 'Why it was refused.' },
  ce_reference: { ...REFERENCE, description: "The value was too large for this topic too: it is in the hub's log." },
  traceparent: TRACE,
} satisfies Record<string, JsonSchema>;

export type HeaderKind = 'record' | 'marker' | 'dead-letter';

export const HEADER_KINDS: readonly HeaderKind[] = ['record', 'marker', 'dead-letter'];

const MORE: Readonly<Record<HeaderKind, Readonly<Record<string, JsonSchema>>>> = {
  record: RECORD,
  marker: {},
  'dead-letter': DEAD_LETTER,
};
const ALSO_REQUIRED: Readonly<Record<HeaderKind, readonly string[]>> = {
  record: ['ce_sequence'],
  marker: [],
  'dead-letter': ['ce_originaltopic', 'ce_originalpartition', 'ce_originaltype', 'ce_code', 'ce_reason'],
};

/** Of one type of event, or of all of a kind. */
export function headerSchema(kind: HeaderKind, type?: string): JsonSchema {
  const named = type === undefined ? COMMON.ce_type : { ...COMMON.ce_type, const: type };
  return {
    type: 'object',
    properties: { ...COMMON, ce_type: named, ...MORE[kind] },
    required: [...Object.keys(COMMON), ...ALSO_REQUIRED[kind]],
  };
}
