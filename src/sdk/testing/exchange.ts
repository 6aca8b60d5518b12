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
