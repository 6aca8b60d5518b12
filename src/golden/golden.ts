import type { HubConfig, Manifest } from '#sdk';
import type { Store } from '#store';
import type { ObservationPage, ObserveOutcome, Overclaim } from './observation.ts';

export interface GoldenConnection {
  readonly name: string;
  readonly manifest: Manifest;
}

export interface GoldenOptions {
  readonly store: Store;
  /** In the config's order. */
  readonly connections: readonly GoldenConnection[];
  readonly ownership?: HubConfig['ownership'];
  /** 20 by default. */
  readonly maxClaims?: number;
  /** A key in the one spelling of its stream; applied to references and claims. */
  readonly normalizeKey?: (connection: string, stream: string, key: string) => string;
}

/** Golden records, and the one door by which they change. */
export interface Golden {
  /**
   * Stores what was seen: identity, observed record, golden record, change row and the stream's cursor in one
   * transaction. A record that the store refuses is set aside and the rest goes on.
   */
  observe(page: ObservationPage): Promise<ObserveOutcome>;
  /** Keys of the living source records held of a stream, in order, after `after`; for sweeps. */
  observedKeys(
    connection: string,
    stream: string,
    after: string | undefined,
    limit: number,
  ): Promise<readonly string[]>;
  overclaims(): Promise<readonly Overclaim[]>;
  /** Computes every golden record again from what was observed. Done at start when ownership or model changed. */
  recompute(): Promise<void>;
}

/** A reader of golden records asks #store; whoever brings observations opens this, once per process. */
export async function openGolden(_options: GoldenOptions): Promise<Golden> {
  throw new Error('Golden records are not kept yet.');
}
