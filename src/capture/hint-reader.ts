import { backOff, type ConnectedStream, type Connection, type Connections, pause } from '#connections';
import { type Hint, isIsthmusError } from '#sdk';
import type { LiveObservation } from './live-queue.ts';
import { hintsCounted } from './metrics.ts';

/** Since the start. Each key counts once in what became of it. */
export interface HintCounts {
  readonly received: number;
  /** Said again while it waited: one read serves both. */
  readonly coalesced: number;
  /** Not read: too many waited, or the system did not answer. A sweep brings them. */
  readonly dropped: number;
  readonly read: number;
  /** Read and not there: a sweep was asked for. */
  readonly missing: number;
}

export interface HintReaderParts {
  readonly connections: Connections;
  /** What was read, to be stored. */
  readonly store: (records: readonly LiveObservation[]) => void;
  /** The stream has to be looked through: a record is gone, or cannot be read by key. */
  readonly lookThrough: (connection: string, stream: string) => void;
  readonly onError: (error: unknown) => void;
}

type Outcome = keyof HintCounts;

/** Of all connections together; one that is full drops its own. */
const MOST_WAITING = 5_000;

/**
 * Reads what pushes hint at: one read per key however often it is said, one batch at a time per stream. Bounded; it
 * may drop, since changes and sweeps bring everything anyway.
 */
export class HintReader {
  readonly #parts: HintReaderParts;
  readonly #stopping = new AbortController();
  readonly #lanes = new Map<string, Lane>();
  readonly #counts: Record<Outcome, number> = { received: 0, coalesced: 0, dropped: 0, read: 0, missing: 0 };

  constructor(parts: HintReaderParts) {
    this.#parts = parts;
  }

  get counts(): HintCounts {
    return { ...this.#counts };
  }

  /** Never waits. */
  take(connection: string, hints: readonly Hint[]): void {
    for (const { stream, key } of hints) this.#lane(connection, stream)?.add(key);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle));
  }

  #lane(connection: string, stream: string): Lane | undefined {
    const name = JSON.stringify([connection, stream]);
    const held = this.#lanes.get(name);
    if (held !== undefined || this.#stopping.signal.aborted) return held;
    const source = this.#parts.connections.all.find((each) => each.name === connection);
    const found = source?.streams.find((each) => each.name === stream);
    if (found === undefined) return undefined;
    const count = (outcome: Outcome, by: number) => {
      this.#counts[outcome] += by;
      hintsCounted.inc({ connection, outcome }, by);
    };
    const lane = new Lane({ connection: source!, stream: found, count, signal: this.#stopping.signal, ...this.#parts });
    this.#lanes.set(name, lane);
    return lane;
  }
}

/** So that what is said of a key in one breath is read once. */
const GATHER = 40;
/** A key is not read again before this. */
const KEY_PAUSE = 1_000;
/** Who has waited longer is part of a storm, which takes its turn behind the people who ask, as does all when calls are short. */
const PROMPT = 5_000;
const MOST_ATTEMPTS = 5;
const BACK_OFF = { first: 500, longest: 8_000 } as const;

interface Waiting {
  readonly since: number;
  readonly dueAt: number;
}

interface LaneParts extends Omit<HintReaderParts, 'connections'> {
  readonly connection: Connection;
  readonly stream: ConnectedStream;
  readonly count: (outcome: Outcome, by: number) => void;
  readonly signal: AbortSignal;
}

/** The hints of one stream. */
class Lane {
  readonly #parts: LaneParts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #readAt = new Map<string, number>();
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Settled when nothing is being read. */
  get idle(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  add(asSpelled: string): void {
    this.#parts.count('received', 1);
    const { stream } = this.#parts;
    const { manifest, connection, name } = stream;
    const key = stream.normalizeKey(asSpelled);
    if (manifest.lookup === undefined) this.#parts.lookThrough(connection, name);
    else if (this.#waiting.has(key)) this.#parts.count('coalesced', 1);
    else if (this.#waiting.size >= MOST_WAITING) this.#parts.count('dropped', 1);
    else this.#wait(key);
  }

  #wait(key: string): void {
    const now = Date.now();
    const again = (this.#readAt.get(key) ?? Number.NEGATIVE_INFINITY) + KEY_PAUSE;
    this.#waiting.set(key, { since: now, dueAt: Math.max(now + GATHER, again) });
    this.#start();
  }

  #start(): void {
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        if (!this.#parts.signal.aborted) this.#parts.onError(error);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#waiting.size > 0 && !this.#parts.signal.aborted) this.#start();
      });
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const now = Date.now();
      const dueIn = Math.min(...[...this.#waiting.values()].map(({ dueAt }) => dueAt)) - now;
      // No longer than this: what comes meanwhile may be due before.
      if (dueIn > 0) await pause(Math.min(dueIn, GATHER), this.#parts.signal);
      else await this.#readBatch(now);
    }
  }

  async #readBatch(now: number): Promise<void> {
    const batch = [...this.#waiting]
      .filter(([, { dueAt }]) => dueAt <= now)
      .slice(0, this.#parts.stream.manifest.lookup!.maxBatch);
    // Said again from here on, it may be about a change that this read does not see.
    for (const [key] of batch) this.#waiting.delete(key);
    this.#rememberRead(batch, now);
    const keys = batch.map(([key]) => key);
    const isStorm = batch.some(([, { since }]) => now - since > PROMPT);
    const isSaving = this.#parts.connection.status().budget.backgroundPausedUntil !== undefined;
    try {
      await this.#read(keys, isStorm || isSaving ? 'background' : 'interactive');
      this.#failures = 0;
    } catch (error) {
      this.#parts.signal.throwIfAborted();
      if (!isIsthmusError(error)) this.#parts.onError(error);
      await this.#putBack(batch);
    }
  }

  async #read(keys: readonly string[], priority: 'interactive' | 'background'): Promise<void> {
    const { connection, name } = this.#parts.stream;
    const found = await this.#parts.stream.lookupMany(keys, { priority, signal: this.#parts.signal });
    const living = [...found.values()].filter(({ record }) => !record.deleted);
    this.#parts.store(living.map(({ record, startedAt }) => ({ connection, stream: name, record, startedAt })));
    this.#parts.count('read', living.length);
    const missing = keys.length - living.length;
    if (missing === 0) return;
    this.#parts.count('missing', missing);
    this.#parts.lookThrough(connection, name);
  }

  /** A system that fails for a moment is asked again; one that is down for longer is swept when it is back. */
  async #putBack(batch: readonly (readonly [string, Waiting])[]): Promise<void> {
    this.#failures += 1;
    if (this.#failures >= MOST_ATTEMPTS) {
      this.#failures = 0;
      this.#parts.count('dropped', batch.length);
      return;
    }
    for (const [key, waiting] of batch) if (!this.#waiting.has(key)) this.#waiting.set(key, waiting);
    await pause(backOff(this.#failures - 1, BACK_OFF), this.#parts.signal);
  }

  #rememberRead(batch: readonly (readonly [string, Waiting])[], now: number): void {
    for (const [key, at] of this.#readAt) {
      if (at + KEY_PAUSE > now) break;
      this.#readAt.delete(key);
    }
    for (const [key] of batch) {
      this.#readAt.delete(key);
      this.#readAt.set(key, now);
    }
  }
}
