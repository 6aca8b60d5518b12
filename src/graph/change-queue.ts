/** What waits for one subscriber: bounded in number and bytes, so that a slow one costs itself its stream, not the hub its memory. */
import type { LogEvent, LogVector } from '#events';

export interface QueueLimits {
  readonly maxBufferedEvents: number;
  readonly maxBufferedBytes: number;
}

interface Waiting {
  readonly resolve: (result: IteratorResult<LogEvent, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE = { done: true, value: undefined } as const;

export class ChangeQueue implements AsyncIterableIterator<LogEvent, undefined> {
  readonly #limits: QueueLimits;
  readonly #onEnd: () => void;
  #events: LogEvent[] = [];
  #bytes = 0;
  #position: LogVector;
  #taker: Waiting | undefined;
  #roomFor: ((isThere: boolean) => void) | undefined;
  #end: { readonly error?: unknown } | undefined;

  /** `onEnd` is called once, when nothing more can be added. */
  constructor(limits: QueueLimits, from: LogVector, onEnd: () => void) {
    this.#limits = limits;
    this.#position = from;
    this.#onEnd = onEnd;
  }

  /** Everything before it was taken. */
  get position(): LogVector {
    return this.#position;
  }

  get isFull(): boolean {
    return this.#events.length >= this.#limits.maxBufferedEvents || this.#bytes >= this.#limits.maxBufferedBytes;
  }

  add(event: LogEvent): void {
    if (this.#end) return;
    if (this.#taker) {
      this.#give(this.#taker, event);
      return;
    }
    this.#events.push(event);
    this.#bytes += event.bytes;
  }

  /** Resolves to true when half of it was taken; to false when that does not happen in time, or it has ended. */
  room(withinMs: number): Promise<boolean> {
    if (this.#end) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#tellRoom(false), withinMs);
      this.#roomFor = (isThere) => {
        clearTimeout(timer);
        resolve(isThere);
      };
    });
  }

  /** What waits is still taken, then comes the error. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  /** What waits is forgotten; the error is what the subscriber gets next. */
  drop(error: unknown): void {
    this.#forget();
    this.#finish({ error });
  }

  next(): Promise<IteratorResult<LogEvent, undefined>> {
    const event = this.#events.shift();
    if (event) {
      this.#bytes -= event.bytes;
      this.#position = event.after;
      if (this.#roomFor && this.#isHalfEmpty()) this.#tellRoom(true);
      return Promise.resolve({ done: false, value: event });
    }
    if (this.#end) {
      const { error } = this.#end;
      this.#end = {};
      return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<LogEvent, undefined>> {
    this.#forget();
    this.#finish({});
    return DONE;
  }

  async throw(error: unknown): Promise<IteratorResult<LogEvent, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #give(taker: Waiting, event: LogEvent): void {
    this.#taker = undefined;
    this.#position = event.after;
    taker.resolve({ done: false, value: event });
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    this.#tellRoom(false);
    this.#onEnd();
    const taker = this.#taker;
    this.#taker = undefined;
    if (!taker) return;
    this.#end = {};
    if (end.error === undefined) taker.resolve(DONE);
    else taker.reject(end.error);
  }

  #forget(): void {
    this.#events = [];
    this.#bytes = 0;
  }

  #isHalfEmpty(): boolean {
    return (
      this.#events.length * 2 <= this.#limits.maxBufferedEvents && this.#bytes * 2 <= this.#limits.maxBufferedBytes
    );
  }

  #tellRoom(isThere: boolean): void {
    this.#roomFor?.(isThere);
    this.#roomFor = undefined;
  }
}
