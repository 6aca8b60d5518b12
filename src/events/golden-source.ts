/** A golden record as it stands, with its lines and without payment data. */
export interface StandingRecord {
  readonly canonicalId: string;
  readonly sequence: number;
  readonly at: number;
  readonly values: Readonly<Record<string, unknown>>;
  /** Ownership unit → connection that the value was taken from. */
  readonly owners: Readonly<Record<string, string>>;
}

/** Reads golden records, for who tells them all again. Ids without a living record are left out. */
export type ReadStanding = (entity: string, ids: readonly string[]) => Promise<readonly StandingRecord[]>;
