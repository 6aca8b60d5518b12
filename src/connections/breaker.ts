import { TransientError } from '#sdk';
import type { SharedState } from './shared-state.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Failures in a row that open it. */
const THRESHOLD = 5;
const FIRST_PAUSE = 2_000;
/** One call in so long is no burden, and who is there again is not left alone much longer. */
const LONGEST_PAUSE = 15_000;
/** A trial call that never reports back does not keep the others out for ever. */
const TRIAL_TIMEOUT = 35_000;

/** Keeps calls away from a system that does not answer, and lets one through now and then to see whether it does. */
export class Breaker {
  readonly #connection: string;
  readonly #state: SharedState;
  readonly #onChange: (state: BreakerState) => void;

  constructor(connection: string, state: SharedState, onChange: (state: BreakerState) => void) {
    this.#connection = connection;
    this.#state = state;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    const openUntil = this.#state.get('breakerOpenUntil');
    if (openUntil === 0) return 'closed';
    return openUntil > Date.now() ? 'open' : 'half-open';
  }

  /** Throws while the system is taken to be down. When the pause is over, one caller passes as a trial. */
  pass(): void {
    const now = Date.now();
    const wait = this.#state.locked(() => {
      const openUntil = this.#state.get('breakerOpenUntil');
      if (openUntil === 0) return 0;
      const blockedUntil = Math.max(openUntil, this.#state.get('breakerTrialUntil'));
      if (blockedUntil > now) return openUntil > now ? openUntil - now : FIRST_PAUSE;
      this.#state.set('breakerTrialUntil', now + TRIAL_TIMEOUT);
      return -1;
    });
    if (wait === -1) this.#onChange('half-open');
    if (wait <= 0) return;
    throw new TransientError(
      `${this.#connection}: the system has not answered several times in a row and is left alone for ${Math.ceil(wait / 1000)} s. Check that it is running and reachable.`,
      { retryAfter: wait, details: { connection: this.#connection, breaker: 'open' } },
    );
  }

  succeeded(): void {
    if (this.#state.get('breakerFailures') === 0 && this.#state.get('breakerOpenUntil') === 0) return;
    const wasOpen = this.#state.locked(() => {
      const open = this.#state.get('breakerOpenUntil') !== 0;
      for (const name of ['breakerFailures', 'breakerOpenUntil', 'breakerOpenings', 'breakerTrialUntil'] as const) {
        this.#state.set(name, 0);
      }
      return open;
    });
    if (wasOpen) this.#onChange('closed');
  }

  /** The caller gave up before the system answered: that proves nothing, but the trial is free again. */
  abandoned(): void {
    this.#state.locked(() => this.#state.set('breakerTrialUntil', 0));
  }

  failed(): void {
    const opened = this.#state.locked(() => {
      const now = Date.now();
      const failures = this.#state.get('breakerFailures') + 1;
      this.#state.set('breakerFailures', failures);
      const openUntil = this.#state.get('breakerOpenUntil');
      const isTrial = openUntil !== 0 && openUntil <= now;
      if (openUntil > now || (failures < THRESHOLD && !isTrial)) return false;
      const openings = this.#state.get('breakerOpenings');
      this.#state.set('breakerOpenings', openings + 1);
      this.#state.set('breakerOpenUntil', now + Math.min(FIRST_PAUSE * 2 ** openings, LONGEST_PAUSE));
      this.#state.set('breakerTrialUntil', 0);
      return true;
    });
    if (opened) this.#onChange('open');
  }
}
