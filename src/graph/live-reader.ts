/** What the graph needs of the connections, and what it hands back to whoever stores observations. */
import type { Mapped } from '#model';
import type { WantedFields } from '#sdk';

/** A source record just read from its system. */
export interface LiveRecord {
  readonly connection: string;
  readonly stream: string;
  /** Normalised. */
  readonly key: string;
  readonly mapped: readonly Mapped[];
  /** The store's clock when the read began. */
  readonly startedAt: number;
  /** Less than its full projection was read: it answers a query and is not stored. */
  readonly isPartial?: true;
}

export interface LiveReader {
  /** Whether the stream's records can be read by key. */
  canLookup(connection: string, stream: string): boolean;
  /**
   * Many records of one stream, in as few calls as the system allows, by key as asked; a key that does not exist is
   * not in the answer. Of each record at least what is wanted, or everything where nothing says what. Rejects with an
   * error of the SDK when the system cannot answer.
   */
  lookupMany(
    connection: string,
    stream: string,
    keys: readonly string[],
    wanted?: WantedFields,
  ): Promise<ReadonlyMap<string, LiveRecord>>;
  /** Handed whole records that differ from what is stored; they are observed in the background, or dropped. */
  enqueueLive(records: readonly LiveRecord[]): void;
}
