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

export function createRateLimit(options: RateLimitOptions = {}, clock?: SandboxClock): RateLimit {
  let { perSecond, perDay } = options;
  let recent: number[] = [];
  let usedToday = 0;
  const nowMs = () => clock?.nowMs() ?? Date.now();
  return {
    get usedToday() {
      return usedToday;
    },
    get perDay() {
      return perDay;
    },
    take() {
      const now = nowMs();
      if (perDay !== undefined && usedToday >= perDay) {
        return { allowed: false, reason: 'perDay', retryAfterSeconds: 3600, usedToday };
      }
      if (perSecond !== undefined) {
        recent = recent.filter((at) => at > now - 1000 && at <= now);
        if (recent.length >= perSecond) return { allowed: false, reason: 'perSecond', retryAfterSeconds: 1, usedToday };
        recent.push(now);
      }
      usedToday += 1;
      return { allowed: true, usedToday };
    },
    set(next) {
      ({ perSecond, perDay } = next);
    },
    reset() {
      recent = [];
      usedToday = 0;
    },
  };
}
