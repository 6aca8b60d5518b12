import type { SourceRecord } from '#sdk';

/** A record found by key, and when the read that found it began (the store's clock). */
export interface Found {
  readonly record: SourceRecord;
  readonly startedAt: number;
}

/** Reads at most `maxBatch` keys in one go. */
export type ReadBatch = (
  keys: readonly string[],
) => Promise<{ readonly value: readonly SourceRecord[]; readonly startedAt: number }>;

interface Waiting {
  readonly key: string;
  readonly resolve: (found: Found | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers the keys that are asked for in one turn of the event loop, from all callers, into as few reads as may be. */
export class LookupBatcher {
  readonly #maxBatch: number;
  readonly #normalizeKey: (key: string) => string;
  readonly #read: ReadBatch;
  #queued = new Map<string, Promise<Found | undefined>>();
  #waiting: Waiting[] = [];

  constructor(maxBatch: number, normalizeKey: (key: string) => string, read: ReadBatch) {
    this.#maxBatch = maxBatch;
    this.#normalizeKey = normalizeKey;
    this.#read = read;
  }

  /** Keys that do not exist are not in the answer; it is keyed by the key as it was asked for. */
  async lookup(keys: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    const found = await Promise.all(keys.map((key) => this.#enqueue(key)));
    const byKey = new Map<string, Found>();
    keys.forEach((key, i) => {
      if (found[i] !== undefined) byKey.set(key, found[i]);
    });
    return byKey;
  }

  #enqueue(key: string): Promise<Found | undefined> {
    const normalized = this.#normalizeKey(key);
    const queued = this.#queued.get(normalized);
    if (queued !== undefined) return queued;
    const promise = new Promise<Found | undefined>((resolve, reject) => {
      this.#waiting.push({ key: normalized, resolve, reject });
    });
    this.#queued.set(normalized, promise);
    // After the promise jobs of this turn: callers that wait for one another's microtasks still meet in one batch.
    if (this.#waiting.length === 1) setImmediate(() => this.#dispatch());
    return promise;
  }

  #dispatch(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#queued = new Map();
    for (let i = 0; i < waiting.length; i += this.#maxBatch) void this.#readBatch(waiting.slice(i, i + this.#maxBatch));
  }

  async #readBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const { value, startedAt } = await this.#read(batch.map((each) => each.key));
      const byKey = new Map(value.map((record) => [this.#normalizeKey(record.key), record]));
      for (const { key, resolve } of batch) {
        const record = byKey.get(key);
        resolve(record === undefined ? undefined : { record, startedAt });
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
