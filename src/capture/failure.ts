import { backOff } from '#connections';
import { isIsthmusError, refusesLogin, type TransientError } from '#sdk';
import type { Pace, StreamActivity } from './status.ts';

/** What a failed step means for the stream or the whole connection. */
export interface Judgement {
  readonly code: string;
  readonly message: string;
  readonly activity: Extract<StreamActivity, 'retrying' | 'paused' | 'stopped'>;
  readonly wait: number;
  /** A refused login concerns all streams of the connection. */
  readonly isForConnection: boolean;
  /** Not one of our errors: a bug, to be reported. */
  readonly isBug: boolean;
}

const LONGEST_WAIT = 15 * 60_000;

export function judge(error: unknown, failures: number, pace: Pace): Judgement {
  if (!isIsthmusError(error)) {
    return {
      code: 'INTERNAL',
      message: 'Reading this stream failed inside the hub. It is tried again; the cause is in the log.',
      activity: 'retrying',
      wait: backOff(failures, { first: pace.transientFirst, longest: pace.transientLongest }),
      isForConnection: false,
      isBug: true,
    };
  }
  const { code, message } = error;
  const base = { code, message, isForConnection: false, isBug: false };
  switch (code) {
    case 'TRANSIENT':
    case 'RATE_LIMITED': {
      const { retryAfter = 0 } = error as unknown as TransientError;
      // While the breaker is open it alone says when somebody may try.
      const isLeftAlone = error.details.breaker === 'open';
      const wait = isLeftAlone ? 0 : backOff(failures, { first: pace.transientFirst, longest: pace.transientLongest });
      const isQuota = code === 'RATE_LIMITED' && (error as unknown as { quota?: string }).quota === 'day';
      return {
        ...base,
        activity: isQuota ? 'paused' : 'retrying',
        wait: Math.min(Math.max(wait, retryAfter), LONGEST_WAIT),
      };
    }
    case 'CREDENTIAL':
      // A missing right is a matter of one stream, a refused login of all.
      return { ...base, activity: 'paused', wait: pace.credential, isForConnection: refusesLogin(error) };
    default:
      return { ...base, activity: 'stopped', wait: pace.contract };
  }
}
