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
  /** What is to be done in a partition beside its changes, by its holder and in between two deliveries. */
  readonly errands?: Errands;
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

/** A partition in the hands of its holder. */
export interface HeldPartition {
  readonly partition: number;
  /** Of the change that comes next. */
  readonly offset: number;
  readonly signal: AbortSignal;
  /** One transaction. False: somebody else holds the partition by now, and `fenced` was done instead. */
  save(work: (tx: WriteTx) => Promise<void>, fenced?: (tx: WriteTx) => Promise<void>): Promise<boolean>;
}

export interface Errands {
  /** Partitions that have some; asked at every look. */
  due(): Promise<ReadonlySet<number>>;
  /** A small part of what is due, since changes wait meanwhile. */
  run(place: HeldPartition): Promise<void>;
}

interface Held {
  lease: WorkLease;
  offset: number;
  work: Promise<void> | undefined;
}

/** Then whatever else is due in a partition has its turn. */
const BATCHES_AT_ONCE = 20;
/** Transactions; then what has its place is handed over, before a long backlog goes on. */
const PLACED_AT_ONCE = 4;
const NOTHING: ReadonlySet<number> = new Set();

/** Reads the log of change rows in order, each partition by one holder at a time. */
export class LogReader {
  readonly #options: Required<Omit<LogReaderOptions, 'errands' | 'fenced' | 'onGone'>> & LogReaderOptions;
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
    const { store, errands, onError, onGone, pollMs } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await assignOffsets(store, PLACED_AT_ONCE);
        await this.#keepPartitions();
        const ends = await logEnds(store);
        const due = (await errands?.due()) ?? NOTHING;
        for (const [partition, held] of this.#held) {
          if (held.work || (held.offset >= (ends.get(partition) ?? 0) && !due.has(partition))) continue;
          held.work = this.#work(partition, held, ends.get(partition) ?? 0, due.has(partition)).finally(() => {
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

  async #work(partition: number, held: Held, end: number, isErrandDue: boolean): Promise<void> {
    const { errands, onError, onGone } = this.#options;
    const { signal } = this.#stopping;
    const isHeld = () => !signal.aborted && this.#held.get(partition) === held;
    try {
      let isMore = held.offset < end;
      for (let count = 0; isMore && count < BATCHES_AT_ONCE && isHeld(); count += 1) {
        isMore = await this.#deliver(partition, held);
      }
      if (isErrandDue && isHeld() && held.lease.expiresAt > this.#options.store.clock()) {
        await errands?.run(this.#place(partition, held));
      }
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
    const { name, fenced } = this.#options;
    const isMarked = await this.#save(
      partition,
      held,
      (tx) => savePosition(tx, name, partition, next),
      fenced && ((tx) => fenced(tx, partition, changes)),
    );
    if (isMarked) held.offset = next;
    return isMarked;
  }

  #place(partition: number, held: Held): HeldPartition {
    return {
      partition,
      offset: held.offset,
      signal: this.#stopping.signal,
      save: (work, fenced) => this.#save(partition, held, work, fenced),
    };
  }

  async #save(
    partition: number,
    held: Held,
    work: (tx: WriteTx) => Promise<void>,
    fenced?: (tx: WriteTx) => Promise<void>,
  ): Promise<boolean> {
    const { store, leaseMs } = this.#options;
    const kept = await store.write(async (tx) => {
      const lease = await keepLease(tx, held.lease, store.clock() + leaseMs);
      if (lease) await work(tx);
      else await fenced?.(tx);
      return lease;
    });
    if (kept) held.lease = kept;
    else this.#held.delete(partition);
    return kept !== undefined;
  }
}
