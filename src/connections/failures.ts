import {
  ConflictError,
  ContractError,
  CredentialError,
  type ErrorDetails,
  type IsthmusError,
  NotFoundError,
  NotSupportedError,
  RateLimitedError,
  TransientError,
  type UpstreamResponse,
} from '#sdk';
import { retryAfter } from './retry.ts';

/** Who was asked what, in words that are safe to show: no query, no host, no header. */
export interface Asked {
  readonly connection: string;
  readonly method: string;
  readonly path: string;
}

export function asked(connection: string, method: string, url: URL): Asked {
  const path = url.pathname.length > 160 ? `${url.pathname.slice(0, 159)}…` : url.pathname;
  return { connection, method, path };
}

function subject({ connection, method, path }: Asked): string {
  return `${connection}: ${method} ${path}`;
}

function detailsOf(what: Asked, more: ErrorDetails = {}): ErrorDetails {
  return { connection: what.connection, method: what.method, path: what.path, ...more };
}

/** A failed status to the error that says what to do. */
export function statusFailure(what: Asked, response: UpstreamResponse): IsthmusError {
  const { status } = response;
  const details = detailsOf(what, { status });
  const said = `${subject(what)} answered ${status}`;
  switch (status) {
    case 401:
      return new CredentialError(`${said}: the login is refused. Check the connection's credentials.`, { details });
    case 403:
      return new CredentialError(
        `${said}: the login lacks a right. Grant it at the system, or leave the stream out (streams).`,
        { details },
      );
    case 404:
    case 410:
      return new NotFoundError(`${said}: there is no such thing.`, { details });
    case 405:
    case 501:
      return new NotSupportedError(
        `${said}: the system does not offer this. Check its version and which services are active.`,
        { details },
      );
    case 409:
    case 412:
      return new ConflictError(`${said}: the record was changed meanwhile. Read it again.`, { details });
    case 429:
      return rateLimited(said, details, response);
    case 408:
    case 425:
      return transient(said, details, response);
  }
  if (status >= 500) return transient(said, details, response);
  if (status >= 300 && status < 400) {
    return new ContractError(
      `${said}: it redirects elsewhere, which is not followed. Check the base URL, and that no logon page stands before it.`,
      { details },
    );
  }
  return new ContractError(
    `${said}: the request is not understood. Check the version of the system and the connection's extend.`,
    { details },
  );
}

function rateLimited(said: string, details: ErrorDetails, response: UpstreamResponse): RateLimitedError {
  const wait = retryAfter(response.headers);
  return new RateLimitedError(`${said}: too many calls. It is called less often for a while.`, {
    details,
    ...(wait === undefined ? {} : { retryAfter: wait }),
  });
}

function transient(said: string, details: ErrorDetails, response: UpstreamResponse): TransientError {
  const wait = retryAfter(response.headers);
  return new TransientError(
    `${said}: it fails at the moment and is asked again. If this lasts, look at the system's own log.`,
    {
      details,
      ...(wait === undefined ? {} : { retryAfter: wait }),
    },
  );
}

export function timedOut(what: Asked, milliseconds: number): TransientError {
  return new TransientError(
    `${subject(what)} did not answer within ${milliseconds} ms. Check the system's load and the network between.`,
    { details: detailsOf(what, { timeout: milliseconds }) },
  );
}

export function tooLarge(what: Asked, limitBytes: number): ContractError {
  return new ContractError(`${subject(what)} answered with more than ${limitBytes} bytes. Ask for smaller pages.`, {
    details: detailsOf(what),
  });
}

export function offOrigin(what: Asked): ContractError {
  return new ContractError(
    `${subject(what)}: a link to another server is not followed. Check the base URL, and what the system believes its own address to be.`,
    { details: detailsOf(what) },
  );
}

/** Transport errors by Node's and undici's codes; anything unknown is a bug and passes through as it is. */
export function networkFailure(what: Asked, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const words =
    NETWORK_WORDS[code] ?? (code.startsWith('UND_ERR_') || code.startsWith('E') ? 'the connection failed' : undefined);
  if (words === undefined) return error;
  const isCertificate = CERTIFICATE_CODES.has(code);
  const message = `${subject(what)}: ${words} (${code}).`;
  if (isCertificate) {
    return new ContractError(`${message} Install the system's certificate authority (NODE_EXTRA_CA_CERTS).`, {
      cause: error,
      details: detailsOf(what, { reason: code }),
    });
  }
  return new TransientError(`${message} Check that the system is running and reachable.`, {
    cause: error,
    details: detailsOf(what, { reason: code }),
  });
}

const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_ABORTED: 'the answer was cut short',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut short',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped halfway',
  UND_ERR_HEADERS_OVERFLOW: 'the answer has too large headers',
  ...Object.fromEntries([...CERTIFICATE_CODES].map((code) => [code, 'its certificate is not trusted'])),
};

function codeOf(error: unknown): string | undefined {
  for (let each = error; typeof each === 'object' && each !== null; each = (each as { cause?: unknown }).cause) {
    const { code } = each as { code?: unknown };
    if (typeof code === 'string' && code !== '') return code;
  }
  return error instanceof TypeError && /terminated/.test(error.message) ? 'UND_ERR_SOCKET' : undefined;
}

/** A 2xx body that should be JSON and is not. */
export function notJson(what: Asked, contentType: string, text: string): IsthmusError {
  const details = detailsOf(what, { contentType: contentType.slice(0, 80) });
  if (/html/i.test(contentType) || /^\s*<(!doctype\s+html|html)/i.test(text)) {
    return new ContractError(
      `${subject(what)} answered with a web page instead of data: a logon page, a proxy or a wrong base URL. Open the address in a browser and correct the connection's settings.`,
      { details },
    );
  }
  if (isJsonType(contentType)) {
    return new TransientError(`${subject(what)}: the answer was cut short. It is asked again.`, { details });
  }
  return new ContractError(
    `${subject(what)} answered with ${contentType === '' ? 'no content type' : 'another content type'} instead of JSON. Check the base URL and the version of the system.`,
    { details },
  );
}

export function isJsonType(contentType: string): boolean {
  return /[/+]json\b/i.test(contentType);
}
