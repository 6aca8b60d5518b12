import { SandboxRefusal, type SandboxReply } from 'isthmus/sdk/testing';

/** One entry of a REST error: bodies are arrays of these. */
export interface ApiError {
  readonly message: string;
  readonly errorCode: string;
  readonly fields?: readonly string[];
}

export function errorReply(
  status: number,
  errorCode: string,
  message: string,
  fields?: readonly string[],
): SandboxReply {
  return { status, body: [{ message, errorCode, ...(fields === undefined ? {} : { fields }) }] };
}

export function refuse(status: number, errorCode: string, message: string, fields?: readonly string[]): SandboxRefusal {
  return new SandboxRefusal(errorReply(status, errorCode, message, fields));
}

const BY_STATUS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['INVALID_SESSION_ID', 'Session expired or invalid'],
  403: ['REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'],
  404: ['NOT_FOUND', 'The requested resource does not exist'],
  413: ['REQUEST_ENTITY_TOO_LARGE', 'The request body is too large'],
  429: ['REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'],
  500: ['UNKNOWN_EXCEPTION', 'An unexpected error occurred.'],
  503: ['SERVER_UNAVAILABLE', 'The server is temporarily unavailable.'],
};

/** What the product says with a status that a test asked for. */
export function statusReply(status: number): SandboxReply {
  const [code, message] = BY_STATUS[status] ?? ['UNKNOWN_EXCEPTION', `status ${status}`];
  return errorReply(status, code, message);
}
