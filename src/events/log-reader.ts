import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode } from '#sdk';
import type { Store, WriteTx } from '#store';
import { keepLease, takeLease, type WorkLease } from './lease.ts';
import { goneBefore, logEnds, positionFor, savePosition } from './log-position.ts';
import { assignOffsets } from './offsets.ts';
import { PARTITIONS } from './partition.ts';
import { readChanges, type StoredChange } from './stored-change.ts';

export interface LogReaderOptions {
  readonly store: Store;
  /** Readers of one name share the partitions and where they stand in each. */
  readonly name: string;
  /**
   * Handed the changes of one partition in order, one call for a partition at a time. The reader moves on once it
   * resolves; when it throws, the same changes come again.
   */
  readonly deliver: (partition: number, changes: readonly StoredChange[], signal: AbortSignal) => Promise<void>;
  /** Called at every look for a partition that is held and at rest. */
  readonly idle?: (partition: number, signal: AbortSignal) => Promise<void>;
  /** In the transaction that found that somebody else holds the partition by now. */
  readonly fenced?: (tx: WriteTx, partition: number, changes: readonly StoredChange[]) => Promise<void>;
  /** What went wrong and is tried again. */
  readonly onError: (error: unknown) => void;
  /** The reader cannot go on. */
  readonly onGone?: (error: unknown) => void;
  readonly batch?: number;
  readonly pollMs?: number;
  /** A holder that does not come back within this time loses its partitions. */
  readonly leaseMs?: number;
}

interface Held {
  lease: WorkLease;
  offset: number;
  work: Promise<void> | undefined;
}

/** Reads the log of change rows in order, each partition by one holder at a time. */
export class LogReader {
  readonly #options: Required<Omit<LogReaderOptions, 'idle' | 'fenced' | 'onGone'>> & LogReaderOptions;
  readonly #holder = randomUUID();
  readonly #held = new Map<number, Held>();
  readonly #stopping = new AbortController();
  #looking: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: LogReaderOptions) {
    this.#options = { batch: 500, pollMs: 50, leaseMs: 10_000, ...options };
  }

  start(): void {
    this.#looking ??= this.#look();
  }

  /** Ends what is under way and lets go of the partitions. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
    await Promise.all([...this.#held.values()].map(({ work }) => work));
    const { store } = this.#options;
    await store.write(async (tx) => {
      for (const { lease } of this.#held.values()) await keepLease(tx, lease, 0);
    });
    this.#held.clear();
  }

  async #look(): Promise<void> {
    const { store, onError, onGone, pollMs } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await assignOffsets(store);
        await this.#keepPartitions();
        const ends = await logEnds(store);
        for (const [partition, held] of this.#held) {
          held.work ??= this.#work(partition, held, ends.get(partition) ?? 0).finally(() => {
            held.work = undefined;
          });
        }
      } catch (error) {
        if (hasCode(error, 'GONE') && onGone) return onGone(error);
        if (!signal.aborted) onError(error);
      }
      await wait(pollMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Takes the partitions that nobody holds, and says again of its own that they are. */
  async #keepPartitions(): Promise<void> {
    const { store, name, leaseMs } = this.#options;
    const now = store.clock();
    const due = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((partition) => {
      const held = this.#held.get(partition);
      return !held || held.lease.expiresAt - now < leaseMs / 2;
    });
    if (due.length === 0) return;
    await store.write(async (tx) => {
      for (const partition of due) {
        const held = this.#held.get(partition);
        if (held) {
          const kept = await keepLease(tx, held.lease, now + leaseMs);
          if (kept) held.lease = kept;
          else if (!held.work) this.#held.delete(partition);
          continue;
        }
        const lease = await takeLease(tx, `${name}:${partition}`, this.#holder, now, leaseMs);
        if (!lease) continue;
        this.#held.set(partition, { lease, offset: await positionFor(store, tx, name, partition), work: undefined });
      }
    });
  }

  async #work(partition: number, held: Held, end: number): Promise<void> {
    const { idle, onError, onGone } = this.#options;
    const { signal } = this.#stopping;
    try {
      if (held.offset >= end) await idle?.(partition, signal);
      else while (!signal.aborted && this.#held.get(partition) === held && (await this.#deliver(partition, held)));
    } catch (error) {
      if (signal.aborted) return;
      if (!hasCode(error, 'GONE') || !onGone) return onError(error);
      this.#stopping.abort();
      onGone(error);
    }
  }

  /** False: there is nothing more, or it is somebody else's. */
  async #deliver(partition: number, held: Held): Promise<boolean> {
    const { store, name, batch, deliver } = this.#options;
    if (held.lease.expiresAt <= store.clock()) return false;
    const changes = await readChanges(store, partition, held.offset, batch);
    const last = changes.at(-1);
    if (!last) return false;
    // Offsets are dense, so a leap means that rows went before they were read.
    if (changes[0]?.offset !== held.offset) throw goneBefore(name, partition, changes[0]?.at ?? 0);
    await deliver(partition, changes, this.#stopping.signal);
    if (!(await this.#mark(partition, held, changes, last.offset + 1))) return false;
    return changes.length === batch;
  }

  async #mark(partition: number, held: Held, changes: readonly StoredChange[], next: number): Promise<boolean> {
    const { store, name, leaseMs, fenced } = this.#options;
    const kept = await store.write(async (tx) => {
      const lease = await keepLease(tx, held.lease, store.clock() + leaseMs);
      if (lease) await savePosition(tx, name, partition, next);
      else await fenced?.(tx, partition, changes);
      return lease;
    });
    if (!kept) {
      this.#held.delete(partition);
      return false;
    }
    held.lease = kept;
    held.offset = next;
    return true;
  }
}
