/**
 * Errors are named by what the caller should do. They are recognised by a brand and a code, never by `instanceof`:
 * two copies of the SDK can meet in one process.
 */

const BRAND = Symbol.for('isthmus.error');

export type ErrorCode =
  | 'CONFIG'
  | 'CREDENTIAL'
  | 'TRANSIENT'
  | 'RATE_LIMITED'
  | 'REJECTED_RECORD'
  | 'CONTRACT'
  | 'CONFLICT'
  | 'NOT_FOUND'
  | 'NOT_SUPPORTED'
  | 'HELD'
  | 'GONE';

/** `details` are safe to log and to show: no secrets, no personal data, no raw text of another system. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

export abstract class IsthmusError extends Error {
  readonly [BRAND] = true;
  abstract readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(message: string, options: { readonly cause?: unknown; readonly details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? {};
    this.name = new.target.name;
  }
}

/** Refuses to start; the message names the field and the fix. */
export class ConfigError extends IsthmusError {
  readonly code = 'CONFIG';
}

/** The system refuses our login for good: the connection pauses and its owner is told. */
export class CredentialError extends IsthmusError {
  readonly code = 'CREDENTIAL';
  /** Where the status does not tell: the whole login, or one right of it. */
  readonly refused: 'login' | 'right' | undefined;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly details?: ErrorDetails; readonly refused?: 'login' | 'right' } = {},
  ) {
    super(message, options);
    this.refused = options.refused;
  }
}

/** A refused login concerns the whole connection and a new session may cure it; a missing right (403) neither. */
export function refusesLogin(error: unknown): error is CredentialError {
  if (!hasCode(error, 'CREDENTIAL')) return false;
  const { refused = error.details.status === 403 ? 'right' : 'login' } = error as CredentialError;
  return refused === 'login';
}

/** It may work later: waited for and tried again, then the run fails with the cause attached. */
export class TransientError extends IsthmusError {
  readonly code: 'TRANSIENT' | 'RATE_LIMITED' = 'TRANSIENT';
  /** Milliseconds that the system asked us to wait. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly details?: ErrorDetails; readonly retryAfter?: number } = {},
  ) {
    super(message, options);
    this.retryAfter = options.retryAfter;
  }
}

/** Too many calls. `quota: 'day'` pauses the connection instead of failing it. */
export class RateLimitedError extends TransientError {
  override readonly code = 'RATE_LIMITED';
  readonly quota: 'second' | 'day';

  constructor(
    message: string,
    options: ConstructorParameters<typeof TransientError>[1] & { readonly quota?: 'second' | 'day' } = {},
  ) {
    super(message, options);
    this.quota = options.quota ?? 'second';
  }
}

/** This one source record is broken: it is set aside with its raw bytes, the run goes on. */
export class RejectedRecordError extends IsthmusError {
  readonly code = 'REJECTED_RECORD';
}

/** The vendor's shape changed: the stream stops and keeps its checkpoint. */
export class ContractError extends IsthmusError {
  readonly code = 'CONTRACT';
}

/** These four answer the caller and are never retried. */
export class ConflictError extends IsthmusError {
  readonly code = 'CONFLICT';
}
export class NotFoundError extends IsthmusError {
  readonly code = 'NOT_FOUND';
}
export class NotSupportedError extends IsthmusError {
  readonly code = 'NOT_SUPPORTED';
}
export class HeldError extends IsthmusError {
  readonly code = 'HELD';
}

/** A reader asks for what is no longer kept: it must start again from the present state. */
export class GoneError extends IsthmusError {
  readonly code = 'GONE';
}

export function isIsthmusError(error: unknown): error is IsthmusError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

export function hasCode<C extends ErrorCode>(
  error: unknown,
  ...codes: readonly C[]
): error is IsthmusError & { readonly code: C } {
  return isIsthmusError(error) && (codes as readonly string[]).includes(error.code);
}
