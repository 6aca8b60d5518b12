import type { Model } from '#model';
import { sourceTopics } from './source-envelope.ts';
import type { StoredChange } from './stored-change.ts';
import {
  eventType,
  type PublishedFields,
  publishedFields,
  TOPIC_KINDS,
  type TopicKind,
  type TopicSettings,
  toldValues,
  topicName,
} from './topics.ts';
import type { EventMessage } from './transport.ts';
import { type EarlierVersion, EVENT_VERSIONS, toldVersions, versionsOf } from './versions.ts';

/** What a consumer of a changes topic finds as JSON. */
export interface ChangeData {
  readonly op: StoredChange['op'];
  /** `merge`: the surviving id. `split`: the id that this one parted from. */
  readonly otherId?: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly changed: readonly string[];
  /** Field or group → the connection that its value was taken from. */
  readonly owners: Readonly<Record<string, string>>;
}

/** Stands before and after the records of a snapshot, in every partition. */
export interface SnapshotMarker {
  /** Which snapshot. */
  readonly snapshot: string;
  readonly partition: number;
  /** Every change of the partition's log before this offset was told before the marker. */
  readonly position: number;
  /** Records told in this partition; only at the end. */
  readonly count?: number;
}

/** Turns change rows into messages; nothing that may not leave gets past it. */
export interface Envelope {
  readonly prefix: string;
  /** Where events go that the brokers refuse for good. */
  readonly deadLetters: string;
  /** Names of the topics of streams that are told as observed. */
  readonly sources: readonly string[];
  /** Names of all topics that it writes to. */
  readonly topics: readonly { readonly name: string; readonly kind: TopicKind; readonly entity: string }[];
  /** Versions in which an entity's events are told, the current one first; it is meant where none is given. */
  versions(entity: string): readonly number[];
  topic(kind: TopicKind, entity: string, version?: number): string;
  /** Undefined when the model no longer has the entity: its topic is no longer filled. */
  change(change: StoredChange, version?: number): EventMessage | undefined;
  /** The golden record after the change; a null value when it is gone. */
  state(change: StoredChange, version?: number): EventMessage | undefined;
  /** Has no key: it is for whoever reads the partition. */
  marker(kind: 'begun' | 'ended', entity: string, marker: SnapshotMarker, at: number): EventMessage;
}

/** Wide enough for every sequence to sort as text, as CloudEvents asks. */
const SEQUENCE_DIGITS = 16;

export function createEnvelope(
  model: Model,
  incarnation: string,
  settings: TopicSettings,
  versions = EVENT_VERSIONS,
): Envelope {
  const { prefix } = settings;
  const published = publishedFields(model, settings.personal);
  const sources = sourceTopics(model, incarnation, settings);
  const currentOf = (entity: string) => versionsOf(versions, entity).current;
  const topic = (kind: TopicKind, entity: string, version = currentOf(entity)) =>
    (kind === 'changes' && sources.topic(entity)) || topicName(prefix, kind, entity, version);
  const headers = (change: StoredChange, kind: TopicKind, version: number): Record<string, string> => ({
    ce_specversion: '1.0',
    ce_id: `${incarnation}:${change.canonicalId}:${change.sequence}${change.snapshot ? `:${change.snapshot}` : ''}`,
    ce_source: `/isthmus/${prefix}/${kind}/${change.entity}`,
    ce_type: eventType(kind, change.entity, version),
    ce_time: new Date(change.at).toISOString(),
    ce_subject: change.canonicalId,
    ce_sequence: String(change.sequence).padStart(SEQUENCE_DIGITS, '0'),
    ...(change.origin !== null && { ce_origin: change.origin }),
    ...(change.isReference && { ce_reference: 'true' }),
    ...(change.trace !== undefined && { traceparent: change.trace }),
    'content-type': 'application/json',
  });
  const message = (change: StoredChange, kind: TopicKind, version: number, value: object | null): EventMessage => ({
    key: change.canonicalId,
    value: value && JSON.stringify(value),
    headers: headers(change, kind, version),
  });
  const earlier = (entity: string, version: number) =>
    versionsOf(versions, entity).earlier.find((candidate) => candidate.version === version);
  return {
    prefix,
    deadLetters: `${prefix}.dead-letters`,
    sources: sources.names,
    topics: [...published.keys()].flatMap((entity) =>
      toldVersions(versions, entity).flatMap((version) =>
        TOPIC_KINDS.map((kind) => ({ name: topic(kind, entity, version), kind, entity })),
      ),
    ),
    versions: (entity) => toldVersions(versions, entity),
    topic,
    marker: (kind, entity, marker, at) => ({
      key: '',
      value: JSON.stringify(marker),
      headers: {
        ce_specversion: '1.0',
        ce_id: `${incarnation}:${marker.snapshot}:${marker.partition}:${kind}`,
        ce_source: `/isthmus/${prefix}/changes/${entity}`,
        ce_type: `isthmus.${entity}.snapshot-${kind}.v1`,
        ce_time: new Date(at).toISOString(),
        ce_subject: marker.snapshot,
        'content-type': 'application/json',
      },
    }),
    change(change, version = currentOf(change.entity)) {
      const fields = published.get(change.entity);
      if (!fields) return sources.message(change);
      const data = changeData(change, fields);
      const old = earlier(change.entity, version);
      return message(change, 'changes', version, old ? asChangedBefore(data, old) : data);
    },
    state(change, version = currentOf(change.entity)) {
      const fields = published.get(change.entity);
      if (!fields) return undefined;
      const isGone = change.op === 'delete' || change.op === 'merge';
      const values = toldValues(change.after, fields);
      const old = earlier(change.entity, version);
      const record = values && old ? old.record(values) : values;
      return message(change, 'state', version, isGone ? null : (record ?? { id: change.canonicalId }));
    },
  };
}

/** A change as an earlier version of the event told it. */
function asChangedBefore(data: ChangeData, old: EarlierVersion): ChangeData {
  const name = (today: string) => (old.field ? old.field(today) : today);
  const owners = Object.entries(data.owners).flatMap(([unit, owner]) => {
    const then = name(unit);
    return then === undefined ? [] : [[then, owner] as const];
  });
  return {
    ...data,
    before: data.before && old.record(data.before),
    after: data.after && old.record(data.after),
    changed: data.changed.flatMap((today) => name(today) ?? []),
    owners: Object.fromEntries(owners),
  };
}

function changeData(change: StoredChange, fields: PublishedFields): ChangeData {
  const mayLeave = (name: string) => fields.plain.has(name) || fields.lines.has(name);
  return {
    op: change.op,
    ...(change.otherId !== undefined && { otherId: change.otherId }),
    before: toldValues(change.before, fields),
    after: toldValues(change.after, fields),
    changed: change.changed.filter(mayLeave),
    owners: change.owners,
  };
}

/** The sequence of a message, for consumers that drop what they know. */
export function sequenceOf({ headers }: Pick<EventMessage, 'headers'>): number {
  return Number(headers.ce_sequence);
}
