import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import type { HttpRequest, UpstreamResponse } from '#sdk';
import { type Asked, networkFailure, timedOut, tooLarge } from './failures.ts';

export type Headers = Readonly<Record<string, string>>;

/** One response whose body has not been read. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The whole body; over the limit it is a `ContractError`. */
  read(): Promise<Buffer>;
  /** The body as it arrives. */
  readonly body: Dispatcher.ResponseData['body'];
}

export interface Attempt {
  readonly url: URL;
  readonly method: NonNullable<HttpRequest['method']>;
  readonly headers: Headers;
  readonly body: HttpRequest['body'];
  readonly timeout: number;
  readonly signal?: AbortSignal;
  readonly what: Asked;
  /** Bytes as they arrive: the time-out then counts for the headers and each pause, not for the whole. */
  readonly isStream: boolean;
}

/** A JSON page may be long; beyond this it is a mistake. */
const BODY_LIMIT = 64 * 1024 * 1024;
const FAILURE_TEXT_LIMIT = 64 * 1024;
const unzip = promisify(gunzip);

/** Keep-alive sockets of one connection. */
export class Transport {
  readonly #agent: Agent;

  constructor(concurrency: number) {
    this.#agent = new Agent({ connections: concurrency, keepAliveTimeout: 30_000, connect: { timeout: 10_000 } });
  }

  /** One attempt: no retry, no judgement of the status. The answer's body must be read or dumped before `end`. */
  async send<T>(attempt: Attempt, use: (response: RawResponse) => Promise<T>): Promise<T> {
    const { what, timeout } = attempt;
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(timedOut(what, timeout)), timeout);
    const abort = () => clock.abort(attempt.signal?.reason);
    if (attempt.signal?.aborted) abort();
    attempt.signal?.addEventListener('abort', abort, { once: true });
    try {
      const response = await this.#request(attempt, clock.signal);
      if (attempt.isStream && response.status < 300) clearTimeout(timer);
      return await use(response);
    } catch (error) {
      throw clock.signal.aborted ? clock.signal.reason : networkFailure(what, error);
    } finally {
      clearTimeout(timer);
      // A stream that was handed out goes on under the caller's signal.
      if (!attempt.isStream) attempt.signal?.removeEventListener('abort', abort);
    }
  }

  async #request(attempt: Attempt, signal: AbortSignal): Promise<RawResponse> {
    const { url, method, isStream } = attempt;
    const { body, contentType } = encode(attempt.body);
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'isthmus' };
    if (!isStream) headers['accept-encoding'] = 'gzip';
    if (contentType !== undefined) headers['content-type'] = contentType;
    for (const [name, value] of Object.entries(attempt.headers)) headers[name.toLowerCase()] = value;
    const response = await request.call(this.#agent, {
      origin: url.origin,
      path: url.pathname + url.search,
      method: method as Dispatcher.HttpMethod,
      headers,
      body,
      signal,
      headersTimeout: attempt.timeout + 1000,
      bodyTimeout: isStream ? attempt.timeout : attempt.timeout + 1000,
    });
    const flat = flatten(response.headers);
    return {
      status: response.statusCode,
      headers: flat,
      body: response.body,
      read: () => readAll(response.body, flat, attempt.what),
    };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

async function readAll(body: AsyncIterable<Buffer>, headers: Headers, what: Asked): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw tooLarge(what, BODY_LIMIT);
    chunks.push(chunk);
  }
  const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  if (headers['content-encoding'] !== 'gzip' || size === 0) return whole;
  return await unzip(whole, { maxOutputLength: BODY_LIMIT });
}

/** A failed response in the shape that a protocol's `readFailure` judges. */
export async function failed(response: RawResponse): Promise<UpstreamResponse> {
  // A body that fails to arrive changes nothing about the status.
  const body = await response.read().catch(() => Buffer.alloc(0));
  const text = body.subarray(0, FAILURE_TEXT_LIMIT).toString('utf8');
  return { status: response.status, headers: response.headers, text, json: parsedOrNothing(text) };
}

function parsedOrNothing(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function flatten(headers: Dispatcher.ResponseData['headers']): Headers {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

type Encoded = { readonly body: Dispatcher.DispatchOptions['body']; readonly contentType?: string };

function encode(body: HttpRequest['body']): Encoded {
  if (body === undefined || typeof body === 'string') return { body: body ?? null };
  if (body instanceof Uint8Array) return { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) };
  if (body instanceof URLSearchParams)
    return { body: body.toString(), contentType: 'application/x-www-form-urlencoded' };
  if (body instanceof FormData) return { body: body as unknown as Dispatcher.DispatchOptions['body'] };
  return { body: JSON.stringify(body), contentType: 'application/json' };
}
