/**
 * One connection's state that every thread of the hub sees: numbers in a SharedArrayBuffer behind a lock of
 * microseconds. Live reads run in one thread and capture in another, and the vendor counts them together.
 */

/** Threads that may share a connection; each keeps its own counts, so that a thread that dies takes nothing along. */
const PARTICIPANTS = 8;
/** The starts of the last calls, to keep any sliding second under the limit; hence also the highest limit per second. */
export const RECENT_CALLS = 1024;
const HOURS = 24;

/** Where each number stands. The arrays come last. */
const AT = {
  pausedUntil: 0,
  pausedForDay: 1,
  reportedUsed: 2,
  reportedLimit: 3,
  reportedAt: 4,
  breakerFailures: 5,
  breakerOpenUntil: 6,
  breakerOpenings: 7,
  breakerTrialUntil: 8,
  recentNext: 9,
  lockedAt: 10,
  inUse: 16,
  waiting: 16 + PARTICIPANTS,
  requests: 16 + 2 * PARTICIPANTS,
  hourly: 16 + 3 * PARTICIPANTS,
  hourlyStamp: 16 + 3 * PARTICIPANTS + HOURS,
  recent: 16 + 3 * PARTICIPANTS + 2 * HOURS,
} as const;

const WORDS = 2;
const LOCK = 0;
const WAKE = 1;
const BYTES = 8 + 8 * (AT.recent + RECENT_CALLS);
/** Nobody holds the lock longer than a few microseconds; a thread terminated inside it must not stop the others. */
const LOCK_IS_STALE_AFTER = 200;

type Scalar =
  | 'pausedUntil'
  | 'pausedForDay'
  | 'reportedUsed'
  | 'reportedLimit'
  | 'reportedAt'
  | 'breakerFailures'
  | 'breakerOpenUntil'
  | 'breakerOpenings'
  | 'breakerTrialUntil'
  | 'recentNext';
type PerParticipant = 'inUse' | 'waiting' | 'requests';

export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #numbers: Float64Array<SharedArrayBuffer>;
  readonly #participant: number;

  /** `participant` is the thread's number, unique among those alive; opening again under a number clears its counts. */
  constructor(buffer?: SharedArrayBuffer, participant = 0) {
    if (participant < 0 || participant >= PARTICIPANTS)
      throw new RangeError(`participant must be 0 to ${PARTICIPANTS - 1}`);
    this.buffer = buffer ?? new SharedArrayBuffer(BYTES);
    this.#words = new Int32Array(this.buffer, 0, WORDS);
    this.#numbers = new Float64Array(this.buffer, 8);
    this.#participant = participant;
    this.locked(() => {
      this.#numbers[AT.inUse + participant] = 0;
      this.#numbers[AT.waiting + participant] = 0;
    });
  }

  /** Runs `work` alone among all threads; it must neither wait nor throw. */
  locked<T>(work: () => T): T {
    while (Atomics.compareExchange(this.#words, LOCK, 0, 1) !== 0) {
      const heldFor = Date.now() - this.#numbers[AT.lockedAt]!;
      if (heldFor > LOCK_IS_STALE_AFTER && this.#numbers[AT.lockedAt] !== 0) break;
      Atomics.wait(this.#words, LOCK, 1, 1);
    }
    this.#numbers[AT.lockedAt] = Date.now();
    try {
      return work();
    } finally {
      Atomics.store(this.#words, LOCK, 0);
      Atomics.notify(this.#words, LOCK, 1);
    }
  }

  get(name: Scalar): number {
    return this.#numbers[AT[name]]!;
  }

  set(name: Scalar, value: number): void {
    this.#numbers[AT[name]] = value;
  }

  add(name: PerParticipant, difference: number): void {
    this.#numbers[AT[name] + this.#participant]! += difference;
  }

  /** Of all threads together. */
  total(name: PerParticipant): number {
    let sum = 0;
    for (let i = 0; i < PARTICIPANTS; i++) sum += this.#numbers[AT[name] + i]!;
    return sum;
  }

  /** Notes a call begun at `now`, for the limits per second and per day. */
  noteCall(now: number): void {
    const next = this.get('recentNext');
    this.#numbers[AT.recent + next] = now;
    this.set('recentNext', (next + 1) % RECENT_CALLS);
    const hour = Math.floor(now / 3_600_000);
    const slot = hour % HOURS;
    if (this.#numbers[AT.hourlyStamp + slot] !== hour) {
      this.#numbers[AT.hourlyStamp + slot] = hour;
      this.#numbers[AT.hourly + slot] = 0;
    }
    this.#numbers[AT.hourly + slot]! += 1;
  }

  /** When the call before the last `n - 1` ones began; 0 when there were fewer. */
  nthLastCall(n: number): number {
    return this.#numbers[AT.recent + ((this.get('recentNext') - n + 2 * RECENT_CALLS) % RECENT_CALLS)]!;
  }

  /** Calls of the last 24 hours, and when the oldest hour with calls in it is over. */
  callsOfTheDay(now: number): { readonly count: number; readonly oldestEndsAt: number | undefined } {
    const hour = Math.floor(now / 3_600_000);
    let count = 0;
    let oldest: number | undefined;
    for (let slot = 0; slot < HOURS; slot++) {
      const stamp = this.#numbers[AT.hourlyStamp + slot]!;
      const calls = this.#numbers[AT.hourly + slot]!;
      if (calls === 0 || stamp <= hour - HOURS) continue;
      count += calls;
      if (oldest === undefined || stamp < oldest) oldest = stamp;
    }
    return { count, oldestEndsAt: oldest === undefined ? undefined : (oldest + HOURS) * 3_600_000 };
  }

  /** Wakes those who wait in `changed`, in every thread. */
  announce(): void {
    Atomics.add(this.#words, WAKE, 1);
    Atomics.notify(this.#words, WAKE);
  }

  /** Taken before a look at the state; `changed` then misses nothing that was announced after the look. */
  get announcement(): number {
    return Atomics.load(this.#words, WAKE);
  }

  /** Resolves at the next announcement, after `milliseconds`, or when `signal` aborts, whichever is first. */
  async changed(since: number, milliseconds: number, signal?: AbortSignal): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, WAKE, since, milliseconds);
    if (!wait.async) return;
    // A pending waitAsync does not keep a process alive; the timer does.
    let timer: NodeJS.Timeout | undefined;
    let wake: (() => void) | undefined;
    const timed = new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, milliseconds);
      signal?.addEventListener('abort', resolve as () => void, { once: true });
    });
    await Promise.race([wait.value, timed]);
    clearTimeout(timer);
    if (wake) signal?.removeEventListener('abort', wake);
  }
}
