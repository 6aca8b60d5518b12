import { describe, expect, test } from '@jest/globals';
import {
  ConfigError,
  ConflictError,
  ContractError,
  CredentialError,
  HeldError,
  hasCode,
  isIsthmusError,
  NotFoundError,
  NotSupportedError,
  RateLimitedError,
  RejectedRecordError,
  TransientError,
} from './index.ts';

const CLASSES = {
  CONFIG: ConfigError,
  CREDENTIAL: CredentialError,
  TRANSIENT: TransientError,
  RATE_LIMITED: RateLimitedError,
  REJECTED_RECORD: RejectedRecordError,
  CONTRACT: ContractError,
  CONFLICT: ConflictError,
  NOT_FOUND: NotFoundError,
  NOT_SUPPORTED: NotSupportedError,
  HELD: HeldError,
};

describe('errors', () => {
  test.each(Object.entries(CLASSES))('%s has its name, cause and safe details', (code, Class) => {
    const cause = new Error('below');
    const error = new Class('What happened.', { cause, details: { stream: 'parties', attempts: 2 } });
    expect(error).toMatchObject({ code, name: Class.name, message: 'What happened.', cause });
    expect(error.details).toEqual({ stream: 'parties', attempts: 2 });
    expect(error).toBeInstanceOf(Error);
    expect(isIsthmusError(error)).toBe(true);
  });

  test('have no cause and no details unless given', () => {
    const error = new ContractError('The shape changed.');
    expect(error.details).toEqual({});
    expect('cause' in error).toBe(false);
  });

  test('are recognised by brand and code, also from another copy of the SDK', () => {
    const foreign = { [Symbol.for('isthmus.error')]: true, code: 'CONFLICT', message: 'x', details: {} };
    expect(isIsthmusError(foreign)).toBe(true);
    expect(hasCode(foreign, 'CONFLICT', 'HELD')).toBe(true);
    expect(hasCode(foreign, 'TRANSIENT')).toBe(false);
    for (const other of [new Error('x'), { code: 'CONFLICT' }, null, undefined, 'CONFLICT', 7]) {
      expect(isIsthmusError(other)).toBe(false);
      expect(hasCode(other, 'CONFLICT')).toBe(false);
    }
  });

  test('tell how long to wait, and for which quota', () => {
    expect(new TransientError('Busy.', { retryAfter: 1500 }).retryAfter).toBe(1500);
    expect(new TransientError('Busy.').retryAfter).toBeUndefined();
    expect(new RateLimitedError('Slow down.', { retryAfter: 10 })).toMatchObject({ retryAfter: 10, quota: 'second' });
    expect(new RateLimitedError('Enough for today.', { quota: 'day' }).quota).toBe('day');
    expect(new RateLimitedError('Slow down.')).toBeInstanceOf(TransientError);
  });
});
