import type { Place } from './ledger.ts';
import type { DeliveredMessage } from './messages.ts';
import type { Pace } from './partition-worker.ts';

/** Where events come from: Kafka, the hub over HTTP, or the hub's own log. */
export interface Source {
  /** It keeps no positions itself, or cannot go back to what is parked in memory only. */
  readonly needsLedger?: boolean;
  /** Begins to hand over what the topics hold. Throws a `ConfigError` or `CredentialError` when it never can. */
  open(topics: readonly string[], session: SourceSession): Promise<OpenSource>;
}

export interface OpenSource {
  /** Ends what is under way after its slice, and lets go of the partitions. */
  stop(): Promise<void>;
}

export interface SourceStart {
  /**
   * Undefined: where the source's own group stands, or with the oldest where it is new. `OLDEST`: with the oldest,
   * whatever the group says.
   */
  readonly position: number | undefined;
  /** That the position was met in. */
  readonly incarnation: string | undefined;
}

/** What a source calls, one delivery of a partition at a time. */
export interface SourceSession {
  /** A partition is ours from now on. */
  claim(place: Place): Promise<SourceStart>;
  /** Resolves when all is settled or the signal is aborted. Throws `TakenOverError`: claim it again, or let it go. */
  deliver(place: Place, messages: readonly DeliveredMessage[], pace: Pace): Promise<void>;
  /** The source has nothing for us before `next`. */
  skipTo(place: Place, next: number, incarnation: string): Promise<void>;
  /** Nothing was fetched for too long. */
  stalled(error: Error): void;
  /** What went wrong and is tried again. */
  trouble(error: unknown): void;
  /** It cannot go on. */
  fail(error: unknown): void;
}
