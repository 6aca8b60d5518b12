/** The AsyncAPI 3 document of all topics: their names, keys, headers, how Kafka keeps them, and the schemas of what is in them. */
import { entityOf, type Model } from '#model';
import { PARTITIONS } from './partition.ts';
import type { EventSchema } from './schema.ts';
import { type HeaderKind, headerSchema } from './schema-headers.ts';
import { DEAD_LETTER, SNAPSHOT_MARKER, SOURCE_OBSERVED } from './schema-shared.ts';
import { schemaFile } from './schema-values.ts';
import { CLEANUP_POLICY, type TopicKind, topicName } from './topics.ts';

const BINDING_VERSION = '0.5.0';

/** `version` is the package's own; the schemas are named relative to the document's folder. */
export function asyncApiDocument(model: Model, schemas: readonly EventSchema[], version: string): object {
  const channels = [
    ...schemas.map((event) => [channelId(event), entityChannel(model, event)] as const),
    ['source', SOURCES] as const,
    ['dead-letters', DEAD_LETTERS] as const,
  ];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Isthmus topics',
      version,
      description: ABOUT,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      kafka: {
        host: '{broker}',
        protocol: 'kafka',
        description: 'The cluster that the hub publishes to: `topics.brokers` of its configuration.',
        variables: { broker: { default: 'localhost:9092', description: 'A broker, with its port.' } },
      },
    },
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(channels.map(([id, { title }]) => [`publish.${id}`, operation(id, title)])),
    components: { messages: Object.fromEntries([...schemas.flatMap(messagesOf), ...SHARED_MESSAGES]) },
  };
}

const ABOUT = `What changed in the systems that a hub joins, as CloudEvents 1.0 in binary mode: attributes are headers \`ce_*\`,
the value is JSON. Each event comes at least once and in order per key; drop what has a \`ce_sequence\` that you know.
Fields may be added at any time, so ignore what you do not know. What there is may only change with a new version.`;

const PREFIX = {
  default: 'isthmus',
  description: 'What leads the names of all topics: `topics.prefix` of the hub.',
};

function channelId({ kind, entity, version }: EventSchema): string {
  return topicName('', kind, entity, version).slice(1);
}

function entityChannel(model: Model, { type, kind, entity, version }: EventSchema) {
  const title = kind === 'changes' ? `Changes of ${entity}` : `State of ${entity}`;
  return {
    address: topicName('{prefix}', kind, entity, version),
    title: version === 1 ? title : `${title}, version ${version}`,
    description: `${entityOf(model, entity).description} ${KEPT[kind]}`,
    parameters: { prefix: PREFIX },
    messages: refs([type, ...(kind === 'changes' ? MARKERS.map((marker) => markerType(marker, entity)) : [])]),
    bindings: topicBindings(kind),
  };
}

function refs(types: readonly string[]) {
  return Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }]));
}

function topicBindings(kind: TopicKind) {
  const topicConfiguration = { 'cleanup.policy': [CLEANUP_POLICY[kind]] };
  return { kafka: { partitions: PARTITIONS, topicConfiguration, bindingVersion: BINDING_VERSION } };
}

const KEPT: Readonly<Record<TopicKind, string>> = {
  changes: 'Each change in order per key, kept for `topics.retentionDays`.',
  state: 'The last state of each key, kept for as long as it has one; no value: it is gone.',
};

function operation(channel: string, title: string) {
  return { action: 'send', channel: { $ref: `#/channels/${channel}` }, title: `The hub publishes: ${title}` };
}

const KEY = {
  type: 'string',
  description: 'The canonical id; partitions follow from it by murmur2, as in Java clients.',
};
const SOURCE_KEY = { type: 'string', description: 'The key by which the system knows the record.' };

const MARKERS = ['begun', 'ended'] as const;
const markerType = (marker: (typeof MARKERS)[number], entity: string) => `isthmus.${entity}.snapshot-${marker}.v1`;

function messagesOf({ type, kind, entity }: EventSchema) {
  const title = kind === 'changes' ? `${entity} changed` : `${entity} as it stands`;
  const told = [type, message('record', type, title, type)] as const;
  if (kind === 'state') return [told];
  const markers = MARKERS.map((marker) => {
    const name = markerType(marker, entity);
    return [name, message('marker', name, `A snapshot of ${entity} has ${marker}`, SNAPSHOT_MARKER)] as const;
  });
  return [told, ...markers];
}

/** `schema` names the schema of the value. Markers have no key. */
function message(headers: HeaderKind, name: string, title: string, schema: string, key = KEY) {
  return {
    name,
    title,
    contentType: 'application/json',
    headers: headerSchema(headers, name),
    payload: { $ref: `./events/${schemaFile(schema)}` },
    ...(headers !== 'marker' && { bindings: { kafka: { key, bindingVersion: BINDING_VERSION } } }),
  };
}

const SHARED_MESSAGES = [
  [SOURCE_OBSERVED, message('record', SOURCE_OBSERVED, 'A source record was observed', SOURCE_OBSERVED, SOURCE_KEY)],
  [DEAD_LETTER, message('dead-letter', DEAD_LETTER, 'An event that was refused', DEAD_LETTER)],
] as const;

const SOURCES = {
  address: '{prefix}.source.{connection}.{stream}',
  title: 'Records of a stream, as observed',
  description:
    'Each change of a source record in order per key, where `topics.sources` names the stream; kept for `topics.retentionDays`.',
  parameters: {
    prefix: PREFIX,
    connection: { description: "The connection's name in the hub's config." },
    stream: { description: "The stream's name in its connector's manifest." },
  },
  messages: refs([SOURCE_OBSERVED]),
  bindings: topicBindings('changes'),
};

const DEAD_LETTERS = {
  address: '{prefix}.dead-letters',
  title: 'Dead letters',
  description: 'Events that the brokers refused for good, with the reason, kept for `topics.retentionDays`.',
  parameters: { prefix: PREFIX },
  messages: refs([DEAD_LETTER]),
  bindings: topicBindings('changes'),
};
