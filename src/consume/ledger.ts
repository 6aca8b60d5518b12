import type { EventPlace } from './event.ts';
import type { DeliveredMessage } from './messages.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Why an event does not go on. `waiting`: an earlier one of its key is parked. */
export type ParkedReason = 'invalid' | 'unknown' | 'refused' | 'waiting';

/** An event set aside, exactly as it came. */
export interface ParkedEvent extends Place {
  readonly message: DeliveredMessage;
  readonly reason: ParkedReason;
  readonly error: string;
  readonly at: Date;
}

/** The position of a partition that is to begin anew. */
export const OLDEST = -1;

/** What a consumer remembers of a partition. */
export interface PartitionMemory {
  /** The offset that comes next; undefined: nothing was consumed yet. */
  readonly position: number | undefined;
  /** Of the hub's store, as met in this partition: the last one counts, events of the others come too late. */
  readonly incarnations: readonly string[];
}

/** The right to consume a partition, until somebody else claims it. */
export interface Claim extends Place, PartitionMemory {
  readonly epoch: number;
}

/**
 * What a consumer remembers: positions, the last sequence of each key, and what is parked. Kept best in the consumer's
 * own database, in the transaction of the effect itself: then every event takes effect once.
 */
export interface Ledger<Tx = unknown> {
  /** Whether effects are undone with the transaction that they were made in. */
  readonly isTransactional: boolean;
  /** Takes a partition over; from then on every other claim on it is void. */
  claim(place: Place): Promise<Claim>;
  /** The same claim after a transaction whose outcome is not known. Throws `TakenOverError`. */
  renew(claim: Claim): Promise<Claim>;
  /**
   * One transaction, which holds the partition from its beginning to its end. Throws `TakenOverError`, with nothing
   * done, when the claim is void, and anything else when the position is not the claim's: renew it then.
   */
  run<T>(claim: Claim, work: (entries: LedgerEntries<Tx>) => Promise<T>): Promise<T>;
  /** The same for whoever has no claim, and moves nothing: to release what is parked. */
  hold<T>(place: Place, work: (entries: LedgerEntries<Tx>, memory: PartitionMemory) => Promise<T>): Promise<T>;
  /** All that is parked, in order per partition. */
  parked(): Promise<readonly ParkedEvent[]>;
  /**
   * For ledgers that end with the process: how far the source may forget. Events parked in memory must come again after
   * a restart, so it is the first of them.
   */
  forgettable?(place: Place, next: number): number;
  /** Every partition begins anew with the oldest that is kept. Known sequences stay, so what took effect is dropped. */
  beginAnew(): Promise<void>;
  close?(): Promise<void>;
}

/** Entries of one partition inside a transaction. */
export interface LedgerEntries<Tx> {
  /** The consumer's own transaction, for the effect. */
  readonly tx: Tx;
  known(keys: readonly string[]): Promise<ReadonlyMap<string, EventPlace>>;
  remember(known: ReadonlyMap<string, EventPlace>): Promise<void>;
  /** Which of the keys have something parked. */
  parkedKeys(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** How many events were parked by themselves, in all partitions; whoever asks holds the count until the end. */
  parkedCount(): Promise<number>;
  parkedOf(key: string): Promise<readonly ParkedEvent[]>;
  park(events: readonly ParkedEvent[]): Promise<void>;
  unpark(events: readonly ParkedEvent[]): Promise<void>;
  moveTo(memory: PartitionMemory): Promise<void>;
}
