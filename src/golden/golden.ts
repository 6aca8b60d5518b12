import type { ReadStanding } from '#events';
import { canonicalIds } from '#identity';
import type { HubConfig, Manifest } from '#sdk';
import type { Store } from '#store';
import { entityRow } from './golden-row.ts';
import type { ObservationPage, ObserveOutcome, Overclaim } from './observation.ts';
import { observePage } from './observe.ts';
import type { PrepareContext } from './prepare.ts';
import { observedKeys, overclaims } from './queries.ts';
import { recomputeAll, recomputeIfChanged } from './recompute.ts';
import { standingReader } from './standing.ts';
import type { PageContext } from './store-page.ts';
import { ownershipTable } from './survive.ts';

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
  /** Streams whose records are told as they were observed, by connection; none by default. */
  readonly sources?: Readonly<Record<string, readonly string[]>>;
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
  /** Records as they stand, for who tells them all again. */
  readonly readStanding: ReadStanding;
  /** Computes every golden record again from what was observed. Done at start when ownership or model changed. */
  recompute(): Promise<void>;
}

const MAX_CLAIMS = 20;

export async function openGolden(options: GoldenOptions): Promise<Golden> {
  const { store, connections, ownership } = options;
  const { model } = store.layout;
  const manifests = new Map(connections.map(({ name, manifest }) => [name, manifest]));
  const table = ownershipTable(model, connections, ownership);
  const page: PageContext = {
    store,
    model,
    rows: new Map([...store.layout.entities].map(([name, layout]) => [name, entityRow(model, layout)])),
    ownership: table,
    maxClaims: options.maxClaims ?? MAX_CLAIMS,
    mint: canonicalIds(store.clock),
    tellsSource: (connection, stream) => options.sources?.[connection]?.includes(stream) ?? false,
    isOrdered: (connection, stream) => manifests.get(connection)?.streams[stream]?.version === 'orders',
  };
  const prepare: PrepareContext = {
    model,
    normalizeKey: options.normalizeKey ?? ((_connection, _stream, key) => key),
    partsOf: (entity) => table.units(entity).parts.map((part) => part.entity),
  };
  await recomputeIfChanged(page, connections, ownership);
  return {
    observe: (observed) => observePage(page, prepare, observed),
    observedKeys: (connection, stream, after, limit) => observedKeys(store, connection, stream, after, limit),
    overclaims: () => overclaims(store, page.maxClaims),
    readStanding: standingReader(store, page.rows, table),
    recompute: () => recomputeAll(page),
  };
}
