import type { HintCounts } from './hint-reader.ts';
import type { HeldSweep } from './holds.ts';

/**
 * `waiting`: not begun, or another process reads the connection. `retrying`: it may pass by itself. `paused`: the login
 * is refused or the day's quota used up. `stopped`: the system's shape changed; looked at again now and then.
 */
export type StreamActivity = 'waiting' | 'snapshot' | 'changes' | 'retrying' | 'paused' | 'stopped';

export interface StreamStatus {
  readonly stream: string;
  readonly activity: StreamActivity;
  readonly phase: 'snapshot' | 'changes';
  /** Source records taken in by this process. */
  readonly records: number;
  readonly setAside: number;
  readonly freshThrough: number | null;
  readonly isSweeping: boolean;
  readonly error?: StreamFailure;
  readonly hold?: HeldSweep;
}

/** In words that are safe to show. */
export interface StreamFailure {
  readonly code: string;
  readonly message: string;
  /** The store's clock: when it is tried again. */
  readonly retryAt: number;
}

export interface CaptureStatus {
  readonly connections: readonly { readonly connection: string; readonly streams: readonly StreamStatus[] }[];
  /** Live observations that were dropped because too many waited. */
  readonly liveDropped: number;
  readonly hints: HintCounts;
}

export interface Progress {
  readonly connection: string;
  readonly stream: string;
  readonly phase: 'snapshot' | 'changes';
  readonly records: number;
}

export interface CaptureEvents {
  readonly progress: [Progress];
  /** The first snapshot of a stream is complete. */
  readonly snapshotDone: [Progress];
  readonly failed: [{ readonly connection: string; readonly stream: string; readonly failure: StreamFailure }];
  /** Deletions wait for approval. */
  readonly held: [HeldSweep];
}

/** How long to wait before trying again, in milliseconds. */
export interface Pace {
  readonly transientFirst: number;
  readonly transientLongest: number;
  readonly credential: number;
  readonly contract: number;
  /** How long a lease lasts unless renewed. */
  readonly lease: number;
}

export const PACE: Pace = {
  transientFirst: 1_000,
  transientLongest: 60_000,
  credential: 60_000,
  contract: 300_000,
  lease: 15_000,
};
