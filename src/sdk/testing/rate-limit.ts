import type { SandboxClock } from './sandbox-clock.ts';

/** `perSecond` is a sliding second, `perDay` a quota since the sandbox started (or `reset`). */
export interface RateLimitOptions {
  readonly perSecond?: number;
  readonly perDay?: number;
}

export type RateLimitVerdict =
  | { readonly allowed: true; readonly usedToday: number }
  | {
      readonly allowed: false;
      readonly reason: 'perSecond' | 'perDay';
      readonly retryAfterSeconds: number;
      readonly usedToday: number;
    };

/** Counts calls; the sandbox's handler asks `take()` and turns a refusal into the product's own answer. */
export interface RateLimit {
  readonly usedToday: number;
  readonly perDay: number | undefined;
  take(): RateLimitVerdict;
  set(options: RateLimitOptions): void;
  reset(): void;
}

export function createRateLimit(_options: RateLimitOptions = {}, _clock?: SandboxClock): RateLimit {
  throw new Error('not built yet');
}
