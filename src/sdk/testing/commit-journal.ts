import type { ChangeOperation } from './sandbox-store.ts';

/** One committed change, as the sandbox knows it: the truth that tests compare the hub with. */
export interface Commit {
  readonly sequence: number;
  /** When it was really committed: real time, ISO with milliseconds; no skew, no truncation. */
  readonly at: string;
  /** What the row was stamped with: differs from `at` by precision, skew, or because it was committed late. */
  readonly stampedAt: string;
  readonly table: string;
  readonly key: string;
  readonly operation: ChangeOperation;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Everything committed after seeding, in commit order. Also `GET /__sandbox/commits?since=&table=&key=&limit=`. */
export interface CommitJournal {
  /** The last sequence, 0 when nothing was committed. */
  readonly last: number;
  entries(filter?: {
    readonly since?: number;
    readonly table?: string;
    readonly key?: string;
    readonly limit?: number;
  }): Commit[];
}
