import { type Limits, RateLimitedError } from '#sdk';
import { RECENT_CALLS, type SharedState } from './shared-state.ts';

/** Interactive: a person waits for the answer. It goes before background work and one slot is kept free for it. */
export type Priority = 'interactive' | 'background';

export interface BudgetStatus {
  readonly inUse: number;
  readonly interactiveWaiting: number;
  readonly usedToday: number;
  readonly dailyLimit: number | undefined;
  /** ms since 1970; background work pauses until then. */
  readonly backgroundPausedUntil: number | undefined;
}

export interface Turn {
  readonly priority: Priority;
  /** ms since 1970: how long to wait for a turn. */
  readonly deadline: number;
  /** Milliseconds of a known pause that are waited out; whoever meets a longer one is told so at once. */
  readonly longestPause: number;
  readonly signal?: AbortSignal;
}

const BACKGROUND_SHARE_OF_DAY = 0.8;
/** How soon a quota that only the vendor counts is looked at again. */
const QUOTA_LOOK_AGAIN = 15 * 60_000;
/** A reported use older than this is worth less than our own count. */
const REPORT_IS_OLD_AFTER = 60 * 60_000;

/** What stands in a call's way. `turn`: others are before it, and may be done at any moment; the rest lasts for `wait`. */
interface Obstacle {
  readonly wait: number;
  readonly reason: 'turn' | 'pause' | 'day';
}

/** What the vendor allows, shared by all calls of a connection in all threads. */
export class Budget {
  readonly #connection: string;
  readonly #limits: Limits;
  readonly #state: SharedState;
  /** Settled when the last in line of this thread has its turn, or has given up. */
  readonly #last: Record<Priority, Promise<void>> = { interactive: Promise.resolve(), background: Promise.resolve() };

  constructor(connection: string, limits: Limits, state: SharedState) {
    this.#connection = connection;
    this.#limits = limits;
    this.#state = state;
  }

  /** Resolves when a call may begin, with how to say that it is over. Interactive ones go first, equals in their order. */
  async take(turn: Turn): Promise<() => void> {
    const before = this.#last[turn.priority];
    const taking = before.then(() => this.#takeNow(turn));
    this.#last[turn.priority] = taking.then(nothing, nothing);
    return await taking;
  }

  async #takeNow(turn: Turn): Promise<() => void> {
    const isInteractive = turn.priority === 'interactive';
    let isWaiting = false;
    try {
      for (;;) {
        turn.signal?.throwIfAborted();
        const seen = this.#state.announcement;
        const obstacle = this.#state.locked(() => this.#begin(turn.priority, isWaiting));
        if (obstacle === undefined) return this.#releaser();
        if (takesTooLong(obstacle, turn)) throw this.#refusal(obstacle);
        if (isInteractive && !isWaiting) {
          isWaiting = true;
          this.#state.locked(() => this.#state.add('waiting', 1));
        }
        await this.#state.changed(seen, Math.min(Math.max(obstacle.wait, 1), 1000), turn.signal);
      }
    } finally {
      if (isWaiting) {
        this.#state.locked(() => this.#state.add('waiting', -1));
        this.#state.announce();
      }
    }
  }

  /** A 429 was answered: nobody calls before then. */
  pause(until: number, forDay: boolean): void {
    this.#state.locked(() => {
      if (until <= this.#state.get('pausedUntil')) return;
      this.#state.set('pausedUntil', until);
      this.#state.set('pausedForDay', forDay ? 1 : 0);
    });
  }

  /** What the vendor's own counter says. */
  report(quota: { readonly used: number; readonly limit: number }): void {
    this.#state.locked(() => {
      this.#state.set('reportedUsed', quota.used);
      this.#state.set('reportedLimit', quota.limit);
      this.#state.set('reportedAt', Date.now());
    });
  }

  status(): BudgetStatus {
    return this.#state.locked(() => {
      const now = Date.now();
      const day = this.#day(now);
      const paused = Math.max(this.#state.get('pausedUntil'), this.#dayObstacle('background', now)?.until ?? 0);
      return {
        inUse: this.#state.total('inUse'),
        interactiveWaiting: this.#state.total('waiting'),
        usedToday: day.used,
        dailyLimit: day.limit,
        backgroundPausedUntil: paused > now ? paused : undefined,
      };
    });
  }

  get requests(): number {
    return this.#state.total('requests');
  }

  #begin(priority: Priority, isWaiting: boolean): Obstacle | undefined {
    const now = Date.now();
    const obstacle = this.#obstacle(priority, isWaiting, now);
    if (obstacle !== undefined) return obstacle;
    this.#state.add('inUse', 1);
    this.#state.add('requests', 1);
    this.#state.noteCall(now);
    return undefined;
  }

  #obstacle(priority: Priority, isWaiting: boolean, now: number): Obstacle | undefined {
    const pausedUntil = this.#state.get('pausedUntil');
    if (pausedUntil > now)
      return { wait: pausedUntil - now, reason: this.#state.get('pausedForDay') === 1 ? 'day' : 'pause' };
    const day = this.#dayObstacle(priority, now);
    if (day !== undefined) return { wait: day.until - now, reason: 'day' };

    const { concurrency, requestsPerSecond } = this.#limits;
    const isBackground = priority === 'background';
    const interactiveWaiting = this.#state.total('waiting') - (isWaiting ? 1 : 0);
    if (isBackground && interactiveWaiting > 0) return { wait: 1000, reason: 'turn' };
    const kept = isBackground && concurrency > 1 ? 1 : 0;
    if (this.#state.total('inUse') >= concurrency - kept) return { wait: 1000, reason: 'turn' };
    if (requestsPerSecond === undefined) return undefined;
    const wait = this.#waitOfTheSecond(requestsPerSecond, isBackground, now);
    return wait > 0 ? { wait, reason: 'turn' } : undefined;
  }

  /** Any sliding second holds at most the limit; background work leaves a tenth of it. Under one a second: spaced. */
  #waitOfTheSecond(perSecond: number, isBackground: boolean, now: number): number {
    const calls = Math.min(Math.max(Math.floor(perSecond), 1), RECENT_CALLS);
    const window = perSecond < 1 ? 1000 / perSecond : 1000;
    const kept = isBackground && calls > 1 ? Math.ceil(calls / 10) : 0;
    return this.#state.nthLastCall(calls - kept) + window - now;
  }

  #dayObstacle(priority: Priority, now: number): { readonly until: number } | undefined {
    const { used, limit, lookAgainAt } = this.#day(now);
    if (limit === undefined) return undefined;
    const allowed = priority === 'background' ? limit * BACKGROUND_SHARE_OF_DAY : limit;
    return used >= allowed && lookAgainAt > now ? { until: lookAgainAt } : undefined;
  }

  #day(now: number): { readonly used: number; readonly limit: number | undefined; readonly lookAgainAt: number } {
    const own = this.#state.callsOfTheDay(now);
    const reportedAt = this.#state.get('reportedAt');
    const isReported = reportedAt > now - REPORT_IS_OLD_AFTER;
    const reportedUsed = isReported ? this.#state.get('reportedUsed') : 0;
    const limits = [this.#limits.requestsPerDay, isReported ? this.#state.get('reportedLimit') : undefined];
    const known = limits.filter((limit) => limit !== undefined);
    return {
      used: Math.max(own.count, reportedUsed),
      limit: known.length > 0 ? Math.min(...known) : undefined,
      lookAgainAt: reportedUsed > own.count ? reportedAt + QUOTA_LOOK_AGAIN : (own.oldestEndsAt ?? now),
    };
  }

  #refusal(obstacle: Obstacle): RateLimitedError {
    const until = new Date(Date.now() + obstacle.wait).toISOString();
    const details = { connection: this.#connection, isFromBudget: true };
    if (obstacle.reason === 'turn') {
      const advice = 'Ask again later, or raise limits in its settings if the vendor allows more.';
      return new RateLimitedError(`${this.#connection}: too many calls are waiting for their turn. ${advice}`, {
        retryAfter: obstacle.wait,
        details,
      });
    }
    const reason =
      obstacle.reason === 'day' ? "the day's quota of calls is nearly used up" : 'the system asked us to wait';
    return new RateLimitedError(
      `${this.#connection}: ${reason}; calls go on at ${until}. Raise the quota at the vendor, or read less often (pollEvery, sweepEvery).`,
      { retryAfter: obstacle.wait, quota: obstacle.reason === 'day' ? 'day' : 'second', details },
    );
  }

  #releaser(): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#state.locked(() => this.#state.add('inUse', -1));
      this.#state.announce();
    };
  }
}

function nothing(): void {}

function takesTooLong(obstacle: Obstacle, turn: Turn): boolean {
  return obstacle.reason === 'turn' ? Date.now() >= turn.deadline : obstacle.wait > turn.longestPause;
}
