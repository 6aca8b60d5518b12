/** What the graph refuses, with codes that a program can act on; and what of an error a client may see. */
import { GraphQLError, type GraphQLErrorOptions, type GraphQLFormattedError } from 'graphql';
import { isIsthmusError } from '#sdk';

export type GraphErrorCode =
  | 'BAD_USER_INPUT'
  | 'BAD_CURSOR'
  | 'QUERY_TOO_DEEP'
  | 'TOO_MANY_ALIASES'
  | 'PAGE_TOO_LARGE'
  | 'QUERY_TOO_COSTLY'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'NOT_SUPPORTED'
  | 'STREAM_NEEDED'
  | 'TOO_MANY_SUBSCRIPTIONS'
  | 'BAD_RESUME_TOKEN'
  | 'SLOW_CONSUMER'
  | 'GONE';

/** The caller's mistake: the message tells what to change. */
export function refusal(code: GraphErrorCode, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(message, { ...options, extensions: { code, ...options.extensions } });
}

/** For the whole request, before anything is read: answered with status 400 and no data. */
export function requestRefusal(code: GraphErrorCode, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return refusal(code, message, { ...options, extensions: { http: { status: 400 } } });
}

/** Called once for each error of an answer, with what really happened. */
export type ErrorObserver = (error: unknown, shown: GraphQLFormattedError) => void;

/** Errors of ours whose message was written for the caller. */
const SHOWN = new Set(['NOT_FOUND', 'NOT_SUPPORTED', 'CONFLICT', 'HELD', 'GONE']);
const UNAVAILABLE = new Set(['TRANSIENT', 'RATE_LIMITED', 'CREDENTIAL', 'CONTRACT']);

/**
 * An error as a client sees it: code, path, and words of ours, never another system's or the database's raw text.
 * The one place for it: both the compiled executor and graphql-js end here.
 */
export function showError(error: unknown, formatted?: GraphQLFormattedError): GraphQLFormattedError {
  const located = error instanceof GraphQLError ? error : undefined;
  const cause = rootCause(error);
  const place = {
    ...(located?.locations && { locations: located.locations }),
    ...(located?.path && { path: located.path }),
  };
  if (isIsthmusError(cause)) {
    const message = SHOWN.has(cause.code)
      ? cause.message
      : UNAVAILABLE.has(cause.code)
        ? `The system ${cause.details.connection ?? 'that owns this'} could not be asked, and nothing was observed before.`
        : 'The hub failed to answer; see its log.';
    return { message, ...place, extensions: { code: cause.code } };
  }
  if (cause !== undefined && !(cause instanceof GraphQLError))
    return {
      message: 'The hub failed to answer; see its log.',
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    };
  const message = located?.message ?? formatted?.message ?? 'The hub failed to answer; see its log.';
  const { http: _http, stacktrace: _stacktrace, ...extensions } = { ...located?.extensions, ...formatted?.extensions };
  // Apollo calls whatever a validation rule finds by one code; ours say more.
  const own = cause instanceof GraphQLError ? cause.extensions.code : undefined;
  return { message, ...place, extensions: { ...extensions, code: own ?? extensions.code ?? 'INTERNAL_SERVER_ERROR' } };
}

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError !== undefined) cause = cause.originalError;
  return cause;
}
