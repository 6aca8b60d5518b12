import type { Entities, EntityName, SourceRef } from '#model';
import { InvalidEventError, UnknownEventError } from './errors.ts';
import type { DeliveredMessage, EventMessage } from './messages.ts';

/** References to other records are their canonical ids. */
type ToldValue<V> = V extends SourceRef ? string : V;

/** The values of one record: what the topic's policy does not let out is absent. Lines are there by their collection's name. */
export type EventValues<E extends EntityName> = { readonly id: string } & {
  readonly [F in keyof Entities[E]]?: ToldValue<Entities[E][F]>;
} & Readonly<Record<string, unknown>>;

export type ChangeEventOp = 'create' | 'update' | 'delete' | 'merge' | 'split' | 'snapshot';

interface EventHead<E extends EntityName> {
  /** `incarnation:key:sequence`: the same event has the same id, however often it is delivered. */
  readonly id: string;
  readonly entity: E;
  /** The canonical id of the record. */
  readonly key: string;
  /** Counts the changes of one record without gaps, for as long as the incarnation lasts. */
  readonly sequence: number;
  /** Of the hub's store. Another one: the store was restored, and sequences are counted anew. */
  readonly incarnation: string;
  readonly at: Date;
  /** The connection whose observation brought it. */
  readonly origin: string | undefined;
  /** The values were too large for a message: ask the graph for them. */
  readonly isReference: boolean;
  readonly traceparent: string | undefined;
}

/** What happened to one record, from a topic of changes. */
export interface ChangeEvent<E extends EntityName = EntityName> extends EventHead<E> {
  readonly kind: 'change';
  readonly op: ChangeEventOp;
  /** `merge`: the surviving id. `split`: the id that this one parted from. */
  readonly otherId: string | undefined;
  readonly before: EventValues<E> | null;
  readonly after: EventValues<E> | null;
  readonly changed: readonly string[];
  /** Field or group → the connection that its value was taken from. */
  readonly owners: Readonly<Record<string, string>>;
}

/** The golden record as it is now, from a topic of states. Null: it is gone. */
export interface StateEvent<E extends EntityName = EntityName> extends EventHead<E> {
  readonly kind: 'state';
  readonly value: EventValues<E> | null;
}

/** Typed by the entity's name: `event.entity === 'Customer'` narrows the values. */
export type ConsumedEvent<E extends EntityName = EntityName> = {
  [N in E]: ChangeEvent<N> | StateEvent<N>;
}[E];

/** Stands before and after the records of a snapshot in a partition. */
export interface SnapshotMarker<E extends EntityName = EntityName> {
  readonly kind: 'begun' | 'ended';
  readonly entity: E;
  /** Which snapshot. */
  readonly snapshot: string;
  readonly partition: number;
  /** Records told in this partition, at the end. */
  readonly count: number | undefined;
}

/** Which version of an entity's events a service was written for; 1 where it does not say. */
export type EventVersions<E extends EntityName> = { readonly [N in E]?: number };

const TYPE = /^isthmus\.(\w+)\.(changed|state)\.v(\d+)$/;
const MARKER = /^isthmus\.(\w+)\.snapshot-(begun|ended)\.v1$/;
const OPS: ReadonlySet<unknown> = new Set(['create', 'update', 'delete', 'merge', 'split', 'snapshot']);

/** What orders a message, known even where its value is broken. */
export interface EventPlace {
  readonly incarnation: string;
  readonly sequence: number;
}

/** Throws `InvalidEventError`. */
export function placeOf({ key, headers }: EventMessage): EventPlace {
  const id = headers.ce_id ?? '';
  const sequence = Number(headers.ce_sequence ?? Number.NaN);
  const end = id.lastIndexOf(`:${key}:`);
  if (key === '' || end <= 0 || !Number.isSafeInteger(sequence)) {
    throw new InvalidEventError('The message has no id or sequence of a hub in its headers.', { details: { id } });
  }
  return { incarnation: id.slice(0, end), sequence };
}

/** Throws `InvalidEventError`, or `UnknownEventError` where the consumer knows no such entity or version. */
export function decodeEvent<E extends EntityName>(
  message: DeliveredMessage,
  entities?: readonly E[],
  versions: EventVersions<E> = {},
): ConsumedEvent<E> {
  const { key, headers, value, bytes } = message;
  const place = placeOf(message);
  const [, entity = '', kind, version] = TYPE.exec(headers.ce_type ?? '') ?? [];
  const isKnown = entities === undefined || (entities as readonly string[]).includes(entity);
  if (Number(version) !== (versions[entity as E] ?? 1) || !isKnown) {
    throw new UnknownEventError(`This consumer does not know events of the type "${headers.ce_type}".`, {
      details: { type: headers.ce_type },
    });
  }
  const at = new Date(headers.ce_time ?? '');
  if (Number.isNaN(at.getTime())) throw invalid(headers.ce_id, 'its time is none');
  if (bytes) throw invalid(headers.ce_id, 'its value is no text');
  const head = {
    id: headers.ce_id ?? '',
    entity: entity as E,
    key,
    ...place,
    at,
    origin: headers.ce_origin,
    isReference: headers.ce_reference === 'true',
    traceparent: headers.traceparent ?? headers.ce_traceparent,
  };
  const data = value === null ? null : parsed(value, head.id);
  const event =
    kind === 'state' ? { ...head, kind, value: data } : { ...head, kind: 'change', ...changeOf(data, head.id) };
  return event as unknown as ConsumedEvent<E>;
}

/** Undefined when the message is none. Throws `InvalidEventError`. */
export function decodeMarker<E extends EntityName>({
  headers,
  value,
}: DeliveredMessage): SnapshotMarker<E> | undefined {
  const [, entity, kind] = MARKER.exec(headers.ce_type ?? '') ?? [];
  if (entity === undefined) return undefined;
  const id = headers.ce_id ?? '';
  const { snapshot, partition, count } = parsed(value ?? '', id);
  if (typeof snapshot !== 'string' || typeof partition !== 'number') throw invalid(id, 'it is no marker of a snapshot');
  const told = typeof count === 'number' ? count : undefined;
  return { kind: kind as SnapshotMarker['kind'], entity: entity as E, snapshot, partition, count: told };
}

function parsed(value: string, id: string): Readonly<Record<string, unknown>> {
  let data: unknown;
  try {
    data = JSON.parse(value);
  } catch {
    throw invalid(id, 'its value is no JSON');
  }
  if (!isObject(data)) throw invalid(id, 'its value is no object');
  return data;
}

function changeOf(data: Readonly<Record<string, unknown>> | null, id: string) {
  if (data === null) throw invalid(id, 'it has no value');
  const { op, otherId, before = null, after = null, changed, owners } = data;
  if (!OPS.has(op))
    throw new UnknownEventError(`This consumer does not know the operation "${op}".`, { details: { id } });
  const isWhole =
    isValues(before) && isValues(after) && Array.isArray(changed) && isObject(owners) && isTextOrNothing(otherId);
  if (!isWhole) throw invalid(id, 'before, after, changed or owners are not what they should be');
  return { op, otherId, before, after, changed, owners };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isValues = (value: unknown) => value === null || isObject(value);
const isTextOrNothing = (value: unknown) => value === undefined || typeof value === 'string';

function invalid(id: string | undefined, reason: string): InvalidEventError {
  return new InvalidEventError(`The event ${id} cannot be read: ${reason}.`, { details: { id } });
}
