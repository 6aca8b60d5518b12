/**
 * What a connector may ask of the network. The engine implements it: each call has a priority, a deadline and a
 * budget; retries, token refresh, time-outs and the circuit breaker happen inside. A connector never sees a 401
 * that a new session cures, nor a 503 that passes.
 */

export interface Http {
  /** A JSON answer. HTML, a cut body or another content type is a `ContractError` or `TransientError`, not a parse error. */
  json<T = unknown>(request: HttpRequest): Promise<HttpAnswer<T>>;
  text(request: HttpRequest): Promise<HttpAnswer<string>>;
  /** The body as it arrives; not retried once bytes have been handed out. */
  stream(request: HttpRequest): Promise<HttpAnswer<ReadableStream<Uint8Array>>>;
  readonly signal: AbortSignal;
}

export interface HttpRequest {
  /** GET by default. A POST is retried only when `safe` says that it just reads. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'MERGE' | 'DELETE';
  /** Relative to the session's base URL, or absolute on the same origin (a next link followed as it came). */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, URLSearchParams as a form, anything else as it is. */
  readonly body?: string | URLSearchParams | Uint8Array | FormData | object;
  readonly safe?: boolean;
  /** Statuses beside 2xx that are answers and not failures, such as 404 or 206. */
  readonly accept?: readonly number[];
  /** Milliseconds for one attempt; 30,000 by default. */
  readonly timeout?: number;
}

export interface HttpAnswer<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: T;
}

/** A response before it is judged: enough for a vendor's `readFailure` and `readQuota`. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first 64 KiB of the body as text, for failures only. */
  readonly text: string;
  /** The same parsed, when it is JSON. */
  readonly json?: unknown;
}

/** What a login gives. Without `expiresAt` the end is only seen as a 401. */
export interface Session {
  readonly headers: Readonly<Record<string, string>>;
  /** ms since 1970; the engine renews it ahead of time. */
  readonly expiresAt?: number;
  readonly baseUrl?: string;
}
