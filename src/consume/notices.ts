import type { ParkedEvent, Place } from './ledger.ts';

/** What a consumer has to tell beside its events. For logs and alerts: nothing here holds values of records. */
export type ConsumerNotice =
  | { readonly kind: 'parked'; readonly event: ParkedEvent }
  | { readonly kind: 'released'; readonly event: ParkedEvent }
  | { readonly kind: 'discarded'; readonly event: ParkedEvent }
  /** The sequence leapt: changes before it never arrived. The event has the record as it is. */
  | ({ readonly kind: 'gap'; readonly key: string; readonly from: number; readonly to: number } & Place)
  /** The hub's store was restored from a backup: see docs/consuming.md. */
  | ({ readonly kind: 'incarnation'; readonly from: string | undefined; readonly to: string } & Place)
  /** Too much is parked: nothing moves until something is released, or handling works again. */
  | { readonly kind: 'paused'; readonly error: Error }
  | { readonly kind: 'resumed' }
  /** Nothing was fetched for too long: the consumer is being built anew. */
  | { readonly kind: 'stalled'; readonly error: Error }
  /** Another member took the partition over; what was under way was not committed. */
  | ({ readonly kind: 'lost' } & Place)
  /** What went wrong and is tried again. */
  | { readonly kind: 'trouble'; readonly error: unknown };

/** Counters since the start. */
export interface ConsumerStats {
  /** Events that took effect. */
  readonly handled: number;
  /** Dropped: not newer than the last one of its key. */
  readonly known: number;
  /** Dropped: of a store from before its last restore. */
  readonly retired: number;
  readonly gaps: number;
  readonly invalid: number;
  readonly unknown: number;
  /** Unknown ones that were left out, as asked for. */
  readonly skipped: number;
  readonly parked: number;
  /** Parked behind an earlier one of the same key. */
  readonly waiting: number;
  readonly released: number;
  /** Times that a handler, the ledger or the source failed. */
  readonly failures: number;
  readonly slices: number;
  readonly stalls: number;
  /** Claims that were lost to another member. */
  readonly lost: number;
  readonly isPaused: boolean;
}

export type Tally = { -readonly [K in keyof ConsumerStats]: ConsumerStats[K] };

export function emptyTally(): Tally {
  return {
    ...{ handled: 0, known: 0, retired: 0, gaps: 0, invalid: 0, unknown: 0, skipped: 0, parked: 0, waiting: 0 },
    ...{ released: 0, failures: 0, slices: 0, stalls: 0, lost: 0, isPaused: false },
  };
}
