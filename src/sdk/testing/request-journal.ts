/** One request that reached a sandbox (`/__sandbox/...` excepted). */
export interface JournalledRequest {
  readonly sequence: number;
  /** Real time, epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  /** 0 while unanswered, or when the socket was cut. */
  readonly status: number;
}

/**
 * What was asked of the sandbox. Of the entries only the last 10,000 are kept; counting all is always exact, counting
 * matches throws when entries were dropped since the last reset rather than count wrongly.
 */
export interface RequestJournal {
  /** Number of requests, or of those whose `METHOD /path?query` (decoded) matches, since the last reset. */
  count(match?: RegExp | string): number;
  entries(match?: RegExp | string): readonly JournalledRequest[];
  reset(): void;
}

const KEPT = 10_000;

export class BoundedRequestJournal implements RequestJournal {
  #entries: { -readonly [K in keyof JournalledRequest]: JournalledRequest[K] }[] = [];
  #dropped = 0;
  #sequence = 0;

  /** Returns how to note the status of the answer. */
  note(method: string, url: string): (status: number) => void {
    this.#sequence += 1;
    const entry = { sequence: this.#sequence, at: Date.now(), method, url, status: 0 };
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * KEPT) {
      this.#dropped += this.#entries.length - KEPT;
      this.#entries = this.#entries.slice(-KEPT);
    }
    return (status) => {
      entry.status = status;
    };
  }

  count(match?: RegExp | string): number {
    if (match === undefined) return this.#dropped + this.#entries.length;
    if (this.#dropped > 0) throw new RangeError('too many requests since the last reset to count matches exactly');
    return this.entries(match).length;
  }

  entries(match?: RegExp | string): readonly JournalledRequest[] {
    if (match === undefined) return [...this.#entries];
    const pattern = new RegExp(match);
    return this.#entries.filter((entry) => pattern.test(requestLine(entry.method, entry.url)));
  }

  reset(): void {
    this.#entries = [];
    this.#dropped = 0;
  }
}

/** `METHOD /path?query`, decoded: what expressions are matched against. */
export function requestLine(method: string, url: string): string {
  try {
    return `${method} ${decodeURIComponent(url.replaceAll('+', ' '))}`;
  } catch {
    return `${method} ${url}`;
  }
}
