import {
  CredentialError,
  type Http,
  type HttpAnswer,
  type HttpRequest,
  hasCode,
  type IsthmusError,
  isIsthmusError,
  type Protocol,
  type RateLimitedError,
  refusesLogin,
  type TransientError,
} from '#sdk';
import type { Breaker } from './breaker.ts';
import type { Budget, Priority } from './budget.ts';
import { type Asked, asked, isJsonType, notJson, offOrigin, statusFailure } from './failures.ts';
import { backOff, pause } from './retry.ts';
import { type HeldSession, SessionKeeper } from './session-keeper.ts';
import { type Attempt, failed, type RawResponse, type Transport } from './transport.ts';

/** Under what conditions a call is made. */
export interface CallOptions {
  readonly priority: Priority;
  readonly signal?: AbortSignal;
  /** Milliseconds until the answer is worth nothing: 10,000 for interactive calls, none for background ones. */
  readonly within?: number;
}

export interface ClientParts {
  readonly connection: string;
  readonly config: unknown;
  readonly protocol: Protocol<unknown>;
  /** Kept out of every message. */
  readonly secrets: readonly string[];
  readonly budget: Budget;
  readonly breaker: Breaker;
  readonly transport: Transport;
  /** The store's clock. */
  readonly clock: () => number;
}

const INTERACTIVE_WITHIN = 10_000;
const DEFAULT_TIMEOUT = 30_000;
/** A pause that a background call waits out by itself; a longer one is told, so that status can show it. */
const LONGEST_PAUSE = 30_000;
const ATTEMPTS = { interactive: 2, background: 4 } as const;
const DAY_PAUSE = 15 * 60_000;
const BACK_OFF = {
  interactive: { first: 100, longest: 1_000 },
  background: { first: 250, longest: 10_000 },
} as const;

interface Call {
  readonly options: CallOptions;
  readonly signal: AbortSignal;
  readonly deadline: number;
  /** Set by the first attempt that succeeds and lowered by none after it. */
  startedAt: number | undefined;
  readonly isLogin: boolean;
}

type BodyKind = 'json' | 'text' | 'stream';

/** How one connection speaks HTTP: budget, session, retry, time-outs and judgement around every attempt. */
export class Client {
  readonly #parts: ClientParts;
  readonly sessions: SessionKeeper;
  /** 429s in a row, for those that do not say how long to wait. */
  #refusals = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    const { open } = parts.protocol;
    this.sessions = new SessionKeeper(open ? (http) => open.call(parts.protocol, parts.config, http) : undefined, () =>
      this.#http(this.#call({ priority: 'interactive', within: DEFAULT_TIMEOUT }, true)),
    );
  }

  /**
   * Makes the calls of one read. `startedAt` is the start of its earliest successful attempt on the store's clock.
   * A `TransientError` that the connector itself threw is retried here; HTTP failures were retried inside already.
   */
  async run<T>(
    options: CallOptions,
    work: (http: Http) => Promise<T>,
  ): Promise<{ readonly value: T; readonly startedAt: number }> {
    for (let attempt = 0; ; attempt++) {
      const call = this.#call(options, false);
      const begunAt = this.#parts.clock();
      try {
        const value = await work(this.#http(call));
        return { value, startedAt: call.startedAt ?? begunAt };
      } catch (error) {
        const isOwn = isIsthmusError(error) && error.details.connection !== undefined;
        const mayRetry = hasCode(error, 'TRANSIENT') && !isOwn && attempt + 1 < ATTEMPTS[options.priority];
        if (!mayRetry) throw error;
        await pause(backOff(attempt, BACK_OFF[options.priority]), options.signal);
      }
    }
  }

  #call(options: CallOptions, isLogin: boolean): Call {
    const within = options.within ?? (options.priority === 'interactive' ? INTERACTIVE_WITHIN : undefined);
    return {
      options,
      signal: options.signal ?? new AbortController().signal,
      deadline: within === undefined ? Number.POSITIVE_INFINITY : Date.now() + within,
      startedAt: undefined,
      isLogin,
    };
  }

  #http(call: Call): Http {
    return {
      json: <T>(request: HttpRequest) => this.#send(call, request, 'json') as Promise<HttpAnswer<T>>,
      text: (request) => this.#send(call, request, 'text') as Promise<HttpAnswer<string>>,
      stream: (request) => this.#send(call, request, 'stream') as Promise<HttpAnswer<ReadableStream<Uint8Array>>>,
      signal: call.signal,
    };
  }

  /** Attempts until one succeeds, the failure is final, or time is up. */
  async #send(call: Call, request: HttpRequest, kind: BodyKind): Promise<HttpAnswer<unknown>> {
    const { priority } = call.options;
    let renewals = 0;
    for (let attempt = 0; ; attempt++) {
      const held = call.isLogin ? undefined : await this.sessions.current();
      try {
        return await this.#attempt(call, request, kind, held);
      } catch (error) {
        if (held !== undefined && refusesLogin(error)) {
          this.#renew(error, held, renewals++);
          continue;
        }
        // Who may not log in is told why by the system, not that calls have to wait.
        const isLoginLimited = call.isLogin && hasCode(error, 'RATE_LIMITED');
        const wait = isLoginLimited ? undefined : this.#waitBeforeRetry(error, request, attempt, priority);
        if (wait === undefined || Date.now() + wait > call.deadline) throw error;
        await pause(wait, call.signal);
      }
    }
  }

  /** One new session after a 401; the second refusal is final. */
  #renew(error: IsthmusError, held: HeldSession, renewals: number): void {
    this.sessions.drop(held.generation);
    if (this.sessions.hasLogin && renewals === 0) return;
    const refusal = new CredentialError(error.message, { cause: error, details: error.details, refused: 'login' });
    this.sessions.refuse(refusal);
    throw refusal;
  }

  /** Undefined: not again. */
  #waitBeforeRetry(error: unknown, request: HttpRequest, attempt: number, priority: Priority): number | undefined {
    if (!hasCode(error, 'TRANSIENT', 'RATE_LIMITED') || error.details.breaker === 'open') return undefined;
    const isRefusedBeforeEffect = hasCode(error, 'RATE_LIMITED');
    if (error.details.isFromBudget === true || (!isRead(request) && !isRefusedBeforeEffect)) return undefined;
    // The budget itself holds everybody back after a 429, and tells those for whom it is too long.
    if (isRefusedBeforeEffect) return attempt + 1 < 2 * ATTEMPTS[priority] ? 0 : undefined;
    if (attempt + 1 >= ATTEMPTS[priority]) return undefined;
    const asked = (error as IsthmusError as TransientError).retryAfter ?? 0;
    if (asked > LONGEST_PAUSE) return undefined;
    return Math.max(asked, backOff(attempt, BACK_OFF[priority]));
  }

  async #attempt(call: Call, request: HttpRequest, kind: BodyKind, held?: HeldSession): Promise<HttpAnswer<unknown>> {
    const { breaker, budget, clock, transport } = this.#parts;
    const attempt = this.#prepare(call, request, kind, held);
    breaker.pass();
    const { priority } = call.options;
    const longestPause = Math.min(
      priority === 'interactive' ? call.deadline - Date.now() : LONGEST_PAUSE,
      LONGEST_PAUSE,
    );
    const turn = { priority, signal: call.signal, deadline: call.deadline, longestPause };
    const release = await budget.take(turn).catch((error: unknown) => {
      breaker.abandoned();
      throw error;
    });
    let isHandedOut = false;
    try {
      const startedAt = clock();
      const answer = await transport.send(attempt, (response) => this.#judge(attempt.what, request, response, kind));
      call.startedAt = Math.min(call.startedAt ?? startedAt, startedAt);
      breaker.succeeded();
      this.#refusals = 0;
      if (kind !== 'stream') return answer;
      isHandedOut = true;
      return { ...answer, body: releasing(answer.body as RawResponse['body'], release, attempt.timeout) };
    } catch (error) {
      this.#noteFailure(error, call.signal);
      throw error;
    } finally {
      if (!isHandedOut) release();
    }
  }

  #noteFailure(error: unknown, signal: AbortSignal): void {
    const { breaker, budget } = this.#parts;
    if (hasCode(error, 'RATE_LIMITED')) {
      const limited = error as IsthmusError as RateLimitedError;
      const wait =
        limited.retryAfter ??
        (limited.quota === 'day' ? DAY_PAUSE : backOff(this.#refusals, { first: 1_000, longest: 60_000 }));
      this.#refusals += 1;
      budget.pause(Date.now() + wait, limited.quota === 'day');
      breaker.succeeded();
    } else if (hasCode(error, 'TRANSIENT')) {
      breaker.failed();
    } else if (isIsthmusError(error)) {
      // It answered, if only to refuse.
      breaker.succeeded();
    } else if (signal.aborted) {
      breaker.abandoned();
    }
  }

  #prepare(call: Call, request: HttpRequest, kind: BodyKind, held: HeldSession | undefined): Attempt {
    const { connection, config, protocol } = this.#parts;
    const base = held?.session.baseUrl ?? protocol.baseUrl(config);
    const url = resolveUrl(base, request);
    const method = request.method ?? 'GET';
    const what = asked(connection, method, url);
    if (url.origin !== new URL(base).origin) throw offOrigin(what);
    const left = call.deadline - Date.now();
    return {
      url,
      method,
      headers: { ...held?.session.headers, ...request.headers },
      body: request.body,
      timeout: Math.max(Math.min(request.timeout ?? DEFAULT_TIMEOUT, left), 1),
      signal: call.signal,
      what,
      isStream: kind === 'stream',
    };
  }

  async #judge(what: Asked, request: HttpRequest, response: RawResponse, kind: BodyKind): Promise<HttpAnswer<unknown>> {
    const { status, headers } = response;
    const { protocol, budget } = this.#parts;
    const isAccepted = (status >= 200 && status < 300) || request.accept?.includes(status) === true;
    if (!isAccepted) {
      const failure = await failed(response);
      const quota = protocol.readQuota?.(failure);
      if (quota) budget.report(quota);
      throw withDetails(what, status, protocol.readFailure?.(failure)) ?? statusFailure(what, failure);
    }
    const quota = protocol.readQuota?.({ status, headers, text: '' });
    if (quota) budget.report(quota);
    if (kind === 'stream') return { status, headers, body: response.body };
    const text = (await response.read()).toString('utf8');
    return { status, headers, body: kind === 'text' ? text : parseJson(what, headers, text, request, status) };
  }
}

function isRead(request: HttpRequest): boolean {
  const method = request.method ?? 'GET';
  return method === 'GET' || method === 'HEAD' || request.safe === true;
}

/** A vendor's error is told apart from those a connector throws by itself: it carries what was asked. */
function withDetails(what: Asked, status: number, error: IsthmusError | undefined): IsthmusError | undefined {
  if (error === undefined) return undefined;
  const details = { connection: what.connection, method: what.method, path: what.path, status, ...error.details };
  const message = error.message.startsWith(`${what.connection}: `)
    ? error.message
    : `${what.connection}: ${error.message}`;
  return Object.defineProperties(error, { message: { value: message }, details: { value: details } });
}

function resolveUrl(base: string, request: HttpRequest): URL {
  const url = request.path === '' ? new URL(base) : new URL(request.path, base.endsWith('/') ? base : `${base}/`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  // Some products read `+` as itself; `%20` is a space to all of them.
  if (request.query !== undefined) url.search = url.search.replaceAll('+', '%20');
  return url;
}

function parseJson(
  what: Asked,
  headers: Readonly<Record<string, string>>,
  text: string,
  request: HttpRequest,
  status: number,
): unknown {
  const contentType = headers['content-type'] ?? '';
  if (text === '' && (status === 204 || status === 205 || !isRead(request) || request.method === 'HEAD'))
    return undefined;
  if (!isJsonType(contentType) && contentType !== '') throw notJson(what, contentType, text);
  try {
    return JSON.parse(text);
  } catch {
    throw notJson(what, contentType, text);
  }
}

/** Gives the slot back when the body has ended, at the latest after `timeout`: a slow reader must not starve others. */
function releasing(body: RawResponse['body'], release: () => void, timeout: number): ReadableStream<Uint8Array> {
  const timer = setTimeout(release, timeout);
  timer.unref();
  const done = () => {
    clearTimeout(timer);
    release();
  };
  body.once('close', done);
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done: isOver } = await iterator.next();
        if (isOver) controller.close();
        else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 1 },
  );
}
