import { hasCode } from '#sdk';

/** `retry`: for as long as it takes. `attempts`: a few times, then parked. `park`: at once. */
export type FailureVerdict = 'retry' | 'attempts' | 'park';

/** Connections that are refused or break, and databases that are starting, stopping or in each other's way. */
const PASSING =
  /^(ECONN\w+|EPIPE|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+|08\w{3}|53\w{3}|57P0\d|25P03|40001|40P01|55P03)$/;

/** What to do about an event whose handler failed, where the consumer does not say. */
export function judgeFailure(error: unknown): FailureVerdict {
  if (hasCode(error, 'REJECTED_RECORD')) return 'park';
  if (hasCode(error, 'TRANSIENT', 'RATE_LIMITED')) return 'retry';
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === 'string' && PASSING.test(code)) return 'retry';
    if (/^Connection terminated|^Client has encountered a connection error/.test(at.message)) return 'retry';
  }
  return 'attempts';
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
