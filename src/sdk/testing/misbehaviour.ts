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

export interface MisbehaviourState {
  readonly id: number;
  readonly kind: string;
  readonly match: string | undefined;
  readonly struck: number;
  readonly isOver: boolean;
}

/** The kinds that the server acts out itself. */
const SERVER_KINDS: ReadonlySet<string> = new Set(['status', 'html', 'truncate', 'reset', 'hang', 'slow']);

/** The list of scripted misbehaviours and the counting of their `after` and `times`. */
export class MisbehaviourList implements MisbehaviourScript {
  #scripts: Script[] = [];
  #nextId = 1;

  misbehave(misbehaviour: Misbehaviour): MisbehaviourHandle & { readonly id: number } {
    const script = new Script(this.#nextId++, misbehaviour);
    this.#scripts.push(script);
    return script;
  }

  behave(): void {
    for (const script of this.#scripts) script.end();
    this.#scripts = [];
  }

  states(): MisbehaviourState[] {
    return this.#scripts.map((script) => ({
      id: script.id,
      kind: script.misbehaviour.kind,
      match: script.pattern?.source,
      struck: script.struck,
      isOver: script.isOver,
    }));
  }

  get isEmpty(): boolean {
    return this.#scripts.length === 0;
  }

  /** Every delay that applies, and the first other trouble: those behind it wait for the next request. */
  takeForServer(line: string): Misbehaviour[] {
    const taken: Misbehaviour[] = [];
    for (const script of this.#scripts) {
      if (!SERVER_KINDS.has(script.misbehaviour.kind) || !script.take(line)) continue;
      taken.push(script.misbehaviour);
      if (script.misbehaviour.kind !== 'slow') break;
    }
    return taken;
  }

  takeForHandler(line: string, kind: string): Misbehaviour | undefined {
    return this.#scripts.find((script) => script.misbehaviour.kind === kind && script.take(line))?.misbehaviour;
  }
}

class Script implements MisbehaviourHandle {
  readonly id: number;
  readonly misbehaviour: Misbehaviour;
  readonly pattern: RegExp | undefined;
  #seen = 0;
  #struck = 0;
  #isOver = false;

  constructor(id: number, misbehaviour: Misbehaviour) {
    this.id = id;
    this.misbehaviour = misbehaviour;
    const { match } = misbehaviour;
    // A global or sticky expression would remember where it stopped.
    this.pattern =
      match === undefined
        ? undefined
        : typeof match === 'string'
          ? new RegExp(match)
          : new RegExp(match.source, match.flags.replace(/[gy]/g, ''));
  }

  get struck(): number {
    return this.#struck;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
  }

  take(line: string): boolean {
    if (this.#isOver || (this.pattern !== undefined && !this.pattern.test(line))) return false;
    this.#seen += 1;
    if (this.#seen <= (this.misbehaviour.after ?? 0)) return false;
    this.#struck += 1;
    if (this.misbehaviour.times !== undefined && this.#struck >= this.misbehaviour.times) this.#isOver = true;
    return true;
  }
}
