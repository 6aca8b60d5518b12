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

/** What was asked of the sandbox. Counters are exact; of the entries only the last 10,000 are kept. */
export interface RequestJournal {
  /** Number of requests, or of those whose `METHOD /path?query` (decoded) matches, since the last reset. */
  count(match?: RegExp | string): number;
  entries(match?: RegExp | string): readonly JournalledRequest[];
  reset(): void;
}
