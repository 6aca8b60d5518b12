import type { Connections } from '#connections';
import type { Golden } from '#golden';
import type { SourceRecord } from '#sdk';
import { PageMapper } from './page-mapper.ts';

/** What a live read saw, in the stream's full projection. Can be sent between threads. */
export interface LiveObservation {
  readonly connection: string;
  readonly stream: string;
  readonly record: SourceRecord;
  /** When that read began, on the store's clock. */
  readonly startedAt: number;
}

const CAPACITY = 10_000;
const FLUSH_AFTER = 50;
const PAGE = 500;

/** Live observations on their way to the store: one per key, and no more than a set number; the rest is dropped. */
export class LiveQueue {
  readonly #connections: Connections;
  readonly #golden: Golden;
  readonly #onError: (error: unknown) => void;
  #waiting = new Map<string, LiveObservation>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #dropped = 0;

  constructor(connections: Connections, golden: Golden, onError: (error: unknown) => void) {
    this.#connections = connections;
    this.#golden = golden;
    this.#onError = onError;
  }

  /** Not stored because too many waited; capture brings them anyway. */
  get dropped(): number {
    return this.#dropped;
  }

  enqueue(records: readonly LiveObservation[]): void {
    for (const each of records) {
      const key = JSON.stringify([each.connection, each.stream, each.record.key]);
      const held = this.#waiting.get(key);
      if (held === undefined && this.#waiting.size >= CAPACITY) this.#dropped += 1;
      else if (held === undefined || held.startedAt <= each.startedAt) this.#waiting.set(key, each);
    }
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER);
  }

  /** Resolves when everything that waits now is stored. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#flushing = this.#flushing.then(() => this.#store(waiting)).catch(this.#onError);
    return this.#flushing;
  }

  async #store(waiting: readonly LiveObservation[]): Promise<void> {
    // One page has one start.
    const groups = Map.groupBy(waiting, (each) => JSON.stringify([each.connection, each.stream, each.startedAt]));
    for (const group of groups.values()) {
      for (let i = 0; i < group.length; i += PAGE) await this.#storePage(group.slice(i, i + PAGE));
    }
  }

  async #storePage(page: readonly LiveObservation[]): Promise<void> {
    const { connection, stream, startedAt } = page[0]!;
    const mapper = new PageMapper(this.#connections.get(connection).stream(stream));
    const { records, setAside } = mapper.map(page.map((each) => each.record));
    // A deletion seen by a live read only asks for a check; capture or a sweep decides.
    const living = records.filter((record) => !record.deleted);
    await this.#golden.observe({ connection, stream, records: living, setAside, startedAt, through: 'live' });
  }
}
