/** How webhooks are sent, from the config. */
export interface WebhookSettings {
  /** Private targets that are allowed: `true` for loopback and private networks, or ranges such as `10.0.0.0/8`. */
  readonly allowPrivate: boolean | readonly string[];
  /** Targets without TLS. */
  readonly allowHttp: boolean;
  /** Requests under way to one endpoint. */
  readonly concurrency: number;
  /** An answer that takes longer is a failure. */
  readonly timeoutSeconds: number;
  readonly retry: RetrySettings;
  /** An endpoint that took nothing for so long is paused. Below `retry.hours`, so that a pause comes before giving up. */
  readonly pauseAfterHours: number;
}

export interface RetrySettings {
  readonly firstSeconds: number;
  readonly longestSeconds: number;
  /** After that an event is given up, if its endpoint takes others meanwhile. */
  readonly hours: number;
}

export const DEFAULT_WEBHOOKS: WebhookSettings = {
  allowPrivate: false,
  allowHttp: false,
  concurrency: 8,
  timeoutSeconds: 15,
  retry: { firstSeconds: 5, longestSeconds: 3600, hours: 75 },
  pauseAfterHours: 72,
};

/** Each wait is four times the one before, up to the longest. */
const GROWTH = 4;
/** Up to so much is taken off or added, so that keys which failed together do not come back together. */
const JITTER = 0.2;

/** Milliseconds from the n-th failed attempt to the next. `random` is from 0 to 1. */
export function waitAfter(attempts: number, { firstSeconds, longestSeconds }: RetrySettings, random: number): number {
  const seconds = Math.min(longestSeconds, firstSeconds * GROWTH ** (attempts - 1));
  return Math.round(seconds * 1000 * (1 - JITTER + 2 * JITTER * random));
}
