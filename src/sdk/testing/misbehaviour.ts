/**
 * A scripted misbehaviour. The kit itself acts out `status`, `html`, `truncate`, `reset`, `hang` and `slow`;
 * any other kind is handed to the sandbox's handler through `request.trouble(kind)`.
 */
export interface Misbehaviour {
  readonly kind: 'status' | 'html' | 'truncate' | 'reset' | 'hang' | 'slow' | (string & {});
  /** A regular expression tested against `METHOD /path?query` (decoded); every request when absent. */
  readonly match?: string | RegExp;
  /** How many matching requests suffer; for ever when absent. */
  readonly times?: number;
  /** How many matching requests pass unharmed first; 0 when absent. */
  readonly after?: number;
  /** `status`: what is answered (500 when absent); `html`: 200 when absent. */
  readonly status?: number;
  /** `status`: sent as `Retry-After` (seconds or an HTTP date); no such header when absent. */
  readonly retryAfter?: number | string;
  /** `status`, `html`: the body; the sandbox's own error body for the status (or a logon page) when absent. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `truncate`: the share of the body that is sent before the socket is cut; 0.5 when absent. */
  readonly share?: number;
  /** `slow`: delay before the answer in milliseconds; 1000 when absent. */
  readonly delayMs?: number;
  /**
   * `status`, `html`, `reset`, `hang`: false (the default) answers instead of handling the request; true handles it
   * first, so that a write is stored and only its reply is lost.
   */
  readonly handled?: boolean;
  /** For kinds that the sandbox interprets. */
  readonly [option: string]: unknown;
}

/** Returned by `misbehave`: how often it struck, and a way to end it. */
export interface MisbehaviourHandle {
  readonly struck: number;
  end(): void;
}

export interface MisbehaviourScript {
  misbehave(misbehaviour: Misbehaviour): MisbehaviourHandle;
  /** Ends every misbehaviour. */
  behave(): void;
}
