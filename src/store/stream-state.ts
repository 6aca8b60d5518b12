/** How far one stream has been read, as committed. `position` and `cursor` are opaque to the store. */
export interface StreamState {
  readonly connection: string;
  readonly stream: string;
  readonly phase: 'snapshot' | 'changes';
  /** Where the snapshot stands; null: before its first page, or none under way. */
  readonly position: string | null;
  /** Where the changes stand; taken before the snapshot's first page. */
  readonly cursor: string | null;
  /** Of the lease under which the stream was last taken over. */
  readonly epoch: number;
  /** The store's clock, ms: everything that the system showed until then has been read. */
  readonly freshThrough: number | null;
  /** Of projection and mapping; another one asks for a new snapshot. */
  readonly fingerprint: string | null;
  /** Where a sweep for deletions stands; null: none under way. */
  readonly sweepPosition: string | null;
  readonly lastSweepAt: number | null;
  readonly lastErrorCode: string | null;
  readonly lastError: string | null;
  /** Living source records held. */
  readonly records: number;
  readonly updatedAt: number;
  /** Card numbers that were masked in what the stream delivered, as often as it changed. */
  readonly maskedCards: number;
}

/** What one step of capture may move. What is not named stays. */
export type StreamMove = Partial<
  Pick<StreamState, 'phase' | 'position' | 'cursor' | 'freshThrough' | 'fingerprint' | 'sweepPosition' | 'lastSweepAt'>
>;

/**
 * A move that only happens when the stream still stands where its reader thinks it does, under its own epoch;
 * otherwise it is fenced and nothing of its page is stored. A move clears the stream's last error.
 */
export interface StreamAdvance {
  readonly epoch: number;
  readonly from: Pick<StreamState, 'phase' | 'position' | 'cursor'>;
  readonly to: StreamMove;
}

/** A source record that could not be stored, with what is needed to understand it. */
export interface SetAside {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly raw: string;
  readonly code: string;
  readonly reason: string;
  readonly at: number;
  readonly attempts: number;
}

/** A holder's right to read a connection, until `expiresAt` unless renewed. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly epoch: number;
  readonly expiresAt: number;
}

/** The bookkeeping of capture. Reads come from the reader, each write is a transaction of its own. */
export interface StreamStates {
  load(connection: string, stream: string): Promise<StreamState | undefined>;
  list(): Promise<readonly StreamState[]>;
  /** Adds what is missing of these streams, in phase `snapshot` with nothing read. */
  create(connection: string, streams: readonly string[]): Promise<void>;
  /**
   * Takes the lease of a connection, when it is free, expired or already the holder's, and moves its streams to the
   * lease's epoch, so that whoever held it before is fenced. Undefined: somebody else holds it.
   */
  acquire(connection: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** False: lost to somebody else. */
  renew(lease: Lease, ttlMs: number): Promise<boolean>;
  release(lease: Lease): Promise<void>;
  /** A move without records, such as after an empty page. False: fenced. */
  advance(connection: string, stream: string, advance: StreamAdvance): Promise<boolean>;
  fail(connection: string, stream: string, error: { readonly code: string; readonly message: string }): Promise<void>;
  setAside(query: {
    readonly connection: string;
    readonly stream?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly SetAside[]>;
  countSetAside(connection: string): Promise<number>;
}
