import type { EntityName } from '#model';
import { InvalidEventError, UnknownEventError } from './errors.ts';
import {
  type ConsumedEvent,
  decodeEvent,
  decodeMarker,
  type EventPlace,
  type EventVersions,
  placeOf,
  type SnapshotMarker,
} from './event.ts';
import { type FailureVerdict, messageOf } from './failures.ts';
import { judge } from './judge.ts';
import type { Ledger, ParkedEvent, ParkedReason, Place } from './ledger.ts';
import type { DeliveredMessage } from './messages.ts';
import type { ConsumerNotice, Tally } from './notices.ts';

/** What a handler is handed beside the event. */
export interface HandleContext<Tx> extends Place {
  /** The consumer's own transaction: what is written by it takes effect once. */
  readonly tx: Tx;
  readonly offset: number;
  /** It was parked before, and is released now. */
  readonly isReleased: boolean;
}

export type Handler<E extends EntityName, Tx> = (
  event: ConsumedEvent<E>,
  context: HandleContext<Tx>,
) => Promise<void> | void;

export type MarkerHandler<E extends EntityName, Tx> = (
  marker: SnapshotMarker<E>,
  context: HandleContext<Tx>,
) => Promise<void> | void;

/** How one consumer treats its events: the same for all of its partitions. */
export interface Handling<E extends EntityName, Tx> {
  readonly ledger: Ledger<Tx>;
  readonly entities: readonly E[] | undefined;
  readonly versions: EventVersions<E>;
  readonly handle: Handler<E, Tx>;
  readonly onSnapshot: MarkerHandler<E, Tx> | undefined;
  readonly onUnknown: 'park' | 'skip';
  readonly judgeFailure: (error: unknown) => FailureVerdict;
  /** Before a failing event is parked. */
  readonly attempts: number;
  readonly maxParked: number;
  readonly sliceMs: number;
  readonly longestWaitMs: number;
  readonly tally: Tally;
  /** Held by the partition that waits because too much is parked: all others wait with it. */
  readonly gate: { heldBy: object | undefined };
  readonly notify: (notice: ConsumerNotice) => void;
}

/** Thrown inside a transaction, so that nothing of it stays. */
export class HandlerFailure extends Error {
  readonly at: number;

  constructor(at: number, cause: unknown) {
    super(messageOf(cause), { cause });
    this.at = at;
  }
}

/** What becomes of a message, decided before its handler is asked. */
export type Decision<E extends EntityName> =
  | { readonly to: 'drop'; readonly as: 'known' | 'retired' }
  | { readonly to: 'mark'; readonly marker: SnapshotMarker<E> }
  | { readonly to: 'skip'; readonly place: EventPlace; readonly incarnations: readonly string[] }
  | { readonly to: 'park'; readonly reason: ParkedReason; readonly error: string }
  | {
      readonly to: 'handle';
      readonly event: ConsumedEvent<E>;
      readonly gapAfter: number | undefined;
      readonly incarnations: readonly string[];
    };

export function decide<E extends EntityName>(
  message: DeliveredMessage,
  last: (key: string) => EventPlace | undefined,
  incarnations: readonly string[],
  { entities, versions, onUnknown }: Pick<Handling<E, unknown>, 'entities' | 'versions' | 'onUnknown'>,
): Decision<E> {
  try {
    const marker = decodeMarker<E>(message);
    if (marker) return { to: 'mark', marker };
    const place = placeOf(message);
    const judged = judge(place, last(message.key), incarnations);
    if (judged.verdict !== 'taken') return { to: 'drop', as: judged.verdict };
    try {
      const event = decodeEvent(message, entities, versions);
      // States are published once for several changes, and a snapshot stands for all before it.
      const isWhole = event.kind === 'state' || event.op === 'snapshot';
      return {
        to: 'handle',
        event,
        gapAfter: isWhole ? undefined : judged.gapAfter,
        incarnations: judged.incarnations,
      };
    } catch (error) {
      if (!(error instanceof UnknownEventError)) throw error;
      if (onUnknown === 'skip') return { to: 'skip', place, incarnations: judged.incarnations };
      return { to: 'park', reason: 'unknown', error: error.message };
    }
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { to: 'park', reason: 'invalid', error: error.message };
  }
}

export function parkedAs(place: Place, message: DeliveredMessage, reason: ParkedReason, error: string): ParkedEvent {
  const { topic, partition } = place;
  return { topic, partition, message, reason, error: error.slice(0, 2000), at: new Date() };
}
