/**
 * The end of the log, read once for everybody in the process: followers get each change of every partition as it gets
 * its place. Who begins further back reads for itself until it has caught up. Read only: no lease, no position.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { GoneError } from '#sdk';
import type { Store } from '#store';
import { logEnds } from './log-position.ts';
import { PARTITIONS } from './partition.ts';
import type { LogVector } from './resume-token.ts';
import { readChanges, type StoredChange } from './stored-change.ts';

/** One change, at its place. The same object for all who follow the end of the log. */
export interface LogEvent {
  readonly change: StoredChange;
  /** Everything up to this change has been handed over, nothing behind. */
  readonly after: LogVector;
  /** About how much memory the change takes. */
  readonly bytes: number;
  /** The same for events that were read together, so what is looked up for one can be looked up for all. */
  readonly batch: object;
}

export interface LogFollower {
  /**
   * Handed changes in the order of their partition. While the follower catches up (`isLive` false) what it returns is
   * awaited before more is read; at the end of the log nobody waits for anybody.
   */
  deliver(events: readonly LogEvent[], isLive: boolean): void | Promise<void>;
  /** Nothing more will come: what it has not seen is no longer kept (`GONE`), or could not be read. */
  fail(error: unknown): void;
}

export interface LogTail {
  /** Where the log ends now. What is committed later gets its place behind. */
  end(): Promise<LogVector>;
  /** Rejects with `GONE` when not all behind `from` is kept. Returns how to stop following. */
  follow(from: LogVector, follower: LogFollower): Promise<() => void>;
  stop(): Promise<void>;
}

export interface LogTailOptions {
  readonly store: Store;
  /** What went wrong and is tried again. */
  readonly onError: (error: unknown) => void;
  readonly pollMs?: number;
}

const BATCH = 500;
const POLL_MS = 20;
const PAUSE_AFTER_ERROR_MS = 1000;

interface Following {
  readonly follower: LogFollower;
  /** By partition the offset that it gets next. */
  readonly at: number[];
  isReading: boolean;
  isStopped: boolean;
}

export function openLogTail({ store, onError, pollMs = POLL_MS }: LogTailOptions): LogTail {
  return new SharedLogTail(store, onError, pollMs);
}

class SharedLogTail implements LogTail {
  readonly #store: Store;
  readonly #onError: (error: unknown) => void;
  readonly #pollMs: number;
  readonly #stopping = new AbortController();
  /** At the end of the log, all of them. */
  readonly #live = new Set<Following>();
  readonly #catchingUp = new Set<Following>();
  /** By partition what the live ones get next. Only while there are followers. */
  #next: number[] = [];
  #looking: Promise<void> | undefined;

  constructor(store: Store, onError: (error: unknown) => void, pollMs: number) {
    this.#store = store;
    this.#onError = onError;
    this.#pollMs = pollMs;
  }

  async end(): Promise<number[]> {
    const ends = await logEnds(this.#store);
    return Array.from({ length: PARTITIONS }, (_, partition) => ends.get(partition) ?? 0);
  }

  async follow(from: LogVector, follower: LogFollower): Promise<() => void> {
    await this.#checkKept(from);
    if (this.#stopping.signal.aborted) throw new Error('The tail of the log was stopped.');
    const following: Following = { follower, at: [...from], isReading: false, isStopped: false };
    this.#catchingUp.add(following);
    this.#looking ??= this.#look();
    return () => this.#drop(following);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const following of [...this.#live, ...this.#catchingUp]) this.#drop(following);
    await this.#looking;
  }

  #drop(following: Following): void {
    following.isStopped = true;
    this.#live.delete(following);
    this.#catchingUp.delete(following);
  }

  #fail(following: Following, error: unknown): void {
    if (following.isStopped) return;
    this.#drop(following);
    following.follower.fail(error);
  }

  /** What has its place can only be gone by age, so the oldest of a partition tells. */
  async #checkKept(from: LogVector): Promise<void> {
    const ends = await this.end();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const offset = from[partition] ?? 0;
      const end = ends[partition] ?? 0;
      if (offset === end) continue;
      // Behind the end: a place in a log that this one is not.
      if (offset > end) throw await this.#gone();
      const [oldest] = await readChanges(this.#store, partition, 0, 1);
      if (!oldest || oldest.offset > offset) throw await this.#gone();
    }
  }

  async #gone(): Promise<GoneError> {
    let oldest: number | undefined;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const [change] = await readChanges(this.#store, partition, 0, 1);
      if (change && (oldest === undefined || change.at < oldest)) oldest = change.at;
    }
    const date = oldest === undefined ? undefined : new Date(oldest).toISOString();
    return new GoneError(
      date ? `The oldest change kept is of ${date}, and not all before it was read.` : 'No change is kept any more.',
      { details: { oldest: date } },
    );
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopping;
    let isPlaced = false;
    while (!signal.aborted && this.#live.size + this.#catchingUp.size > 0) {
      let pause = this.#pollMs;
      try {
        if (isPlaced) await this.#readOn();
        else this.#next = await this.end();
        isPlaced = true;
        for (const following of this.#catchingUp) if (!following.isReading) void this.#catchUp(following);
      } catch (error) {
        this.#onError(error);
        pause = PAUSE_AFTER_ERROR_MS;
      }
      await wait(pause, undefined, { signal }).catch(() => {});
    }
    this.#looking = undefined;
  }

  async #readOn(): Promise<void> {
    const ends = await this.end();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      while (this.#next[partition]! < ends[partition]!) {
        const changes = await readChanges(this.#store, partition, this.#next[partition]!, BATCH);
        if (changes.length === 0) break;
        if (changes[0]!.offset === this.#next[partition]) this.#handOut(partition, changes);
        else await this.#skip(partition, changes[0]!.offset);
      }
    }
  }

  #handOut(partition: number, changes: readonly StoredChange[]): void {
    const batch = {};
    const events = changes.map((change) => {
      this.#next[partition] = change.offset + 1;
      return { change, after: [...this.#next], bytes: sizeOf(change), batch };
    });
    for (const following of this.#live) {
      following.at[partition] = this.#next[partition]!;
      following.follower.deliver(events, true);
    }
  }

  /** Changes went before even the tail had read them. */
  async #skip(partition: number, to: number): Promise<void> {
    const error = await this.#gone();
    for (const following of this.#live) this.#fail(following, error);
    this.#next[partition] = to;
  }

  /**
   * Reads as far as the tail stands and no further, since tokens tell one place for all; then it is one of the live
   * ones: looked at and done in the same turn. Who is ahead of the tail waits for it.
   */
  async #catchUp(following: Following): Promise<void> {
    following.isReading = true;
    const { at } = following;
    try {
      while (!following.isStopped) {
        const behind = this.#next.findIndex((next, partition) => at[partition]! < next);
        if (behind < 0) break;
        const limit = Math.min(BATCH, this.#next[behind]! - at[behind]!);
        const changes = await readChanges(this.#store, behind, at[behind]!, limit);
        if (following.isStopped) return;
        if (changes[0]?.offset !== at[behind]) throw await this.#gone();
        await following.follower.deliver(eventsOf(changes, behind, at), false);
      }
      following.isReading = false;
      if (following.isStopped || this.#next.some((next, partition) => at[partition] !== next)) return;
      this.#catchingUp.delete(following);
      this.#live.add(following);
    } catch (error) {
      this.#fail(following, error);
    }
  }
}

function eventsOf(changes: readonly StoredChange[], partition: number, at: number[]): readonly LogEvent[] {
  const batch = {};
  return changes.map((change) => {
    at[partition] = change.offset + 1;
    return { change, after: [...at], bytes: sizeOf(change), batch };
  });
}

const EVENT_BYTES = 500;

function sizeOf({ before, after }: StoredChange): number {
  return EVENT_BYTES + JSON.stringify(before).length + JSON.stringify(after).length;
}
