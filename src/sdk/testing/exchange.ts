import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Misbehaviour } from './misbehaviour.ts';

/** One request as a sandbox sees it: the body is read (up to the limit), the path is raw, nothing is interpreted. */
export interface SandboxRequest {
  readonly method: string;
  /** The path without the query, still percent-encoded. */
  readonly path: string;
  /** The query string without `?`, still percent-encoded. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Path parameters, decoded; filled by the router. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  text(): string;
  json<T = unknown>(): T;
  form(): URLSearchParams;
  /**
   * The scripted misbehaviour of a kind that only this product can act out (`repeatPage`, `dropKey`, ...), if one
   * applies to this request. Asking takes it: its `times` is counted down at most once per request.
   */
  trouble(kind: string): Misbehaviour | undefined;
}

/** An object body is sent as JSON, everything else as it is. Without a `content-type` header a fitting one is set. */
export interface SandboxReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly body?: string | Uint8Array | Readable | object | null;
}

export type SandboxHandler = (request: SandboxRequest) => SandboxReply | Promise<SandboxReply>;

/** Throw it from anywhere inside a handler to answer with this reply: the product's own refusal. */
export class SandboxRefusal extends Error {
  readonly reply: SandboxReply;

  constructor(reply: SandboxReply) {
    super(`refused with status ${reply.status ?? 200}`);
    this.reply = reply;
  }
}

export interface SandboxRequestParts {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Buffer;
  readonly params?: Readonly<Record<string, string>>;
  readonly trouble?: (kind: string) => Misbehaviour | undefined;
}

/** Makes a request for the router without the network: the parts of a batch, for example. */
export function sandboxRequest(parts: SandboxRequestParts): SandboxRequest {
  return new ParsedSandboxRequest(parts);
}

const NO_BODY = Buffer.alloc(0);
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

class ParsedSandboxRequest implements SandboxRequest {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly params: Readonly<Record<string, string>>;
  readonly #trouble: ((kind: string) => Misbehaviour | undefined) | undefined;
  #query: URLSearchParams | undefined;
  #taken: Map<string, Misbehaviour | undefined> | undefined;

  constructor(parts: SandboxRequestParts) {
    const mark = parts.url.indexOf('?');
    this.method = parts.method;
    this.path = mark < 0 ? parts.url : parts.url.slice(0, mark);
    this.search = mark < 0 ? '' : parts.url.slice(mark + 1);
    this.headers = parts.headers ?? {};
    this.body = parts.body ?? NO_BODY;
    this.params = parts.params ?? NO_PARAMS;
    this.#trouble = parts.trouble;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.search);
    return this.#query;
  }

  text(): string {
    return this.body.toString('utf8');
  }

  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  form(): URLSearchParams {
    return new URLSearchParams(this.text());
  }

  trouble(kind: string): Misbehaviour | undefined {
    if (this.#trouble === undefined) return undefined;
    this.#taken ??= new Map();
    if (!this.#taken.has(kind)) this.#taken.set(kind, this.#trouble(kind));
    return this.#taken.get(kind);
  }
}
