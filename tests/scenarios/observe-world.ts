import { type Golden, type GoldenOptions, type ObservedInput, type ObserveOutcome, openGolden } from '#golden';
import type { Mapped, Model } from '#model';
import type { Manifest } from '#sdk';
import { openStore, type Store } from '#store';
import type { StorePlace } from '../systems/postgres/index.ts';
import { testModel } from '../systems/postgres/test-model.ts';

const limits = { concurrency: 1 };

function manifest(id: string, streams: Record<string, 'orders' | 'none'>): Manifest {
  return {
    id,
    title: id,
    category: 'other',
    versions: ['1'],
    maturity: 'experimental',
    limits,
    streams: Object.fromEntries(
      Object.entries(streams).map(([name, version]) => [name, { title: name, entities: [], version }]),
    ),
  };
}

/** Two systems that know the same customers: the ERP by number, the CRM by account. */
export const CONNECTIONS = [
  { name: 'erp', manifest: manifest('erp', { partner: 'orders', credit: 'orders', order: 'orders' }) },
  { name: 'crm', manifest: manifest('crm', { account: 'orders', note: 'none' }) },
];

export interface World {
  readonly store: Store;
  readonly golden: Golden;
  /** Observes records of one stream as one page; each read begins a second after the one before. */
  see(connection: string, stream: string, ...records: readonly Seen[]): Promise<ObserveOutcome>;
  /** Living golden records by entity, without what differs from store to store. */
  rows(entity: string): Promise<readonly Record<string, unknown>[]>;
  changes(): Promise<readonly Record<string, unknown>[]>;
  /** The surviving canonical id of a source record. */
  id(connection: string, stream: string, key: string, entity?: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface Seen extends Omit<ObservedInput, 'mapped'> {
  readonly mapped?: readonly Loose[];
  readonly at?: number;
}

/** Mapped values of the test model, which is not the generated one. */
export interface Loose {
  readonly entity: string;
  readonly key?: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly alsoKnownAs?: readonly { readonly connection?: string; readonly stream: string; readonly key: string }[];
  readonly parts?: Readonly<Record<string, unknown>>;
}

export async function openWorld(
  place: StorePlace,
  options: Partial<GoldenOptions> & { readonly model?: Model } = {},
): Promise<World> {
  const { model = testModel(), ...rest } = options;
  const store = await openStore(place, model, { role: 'writer' });
  const golden = await openGolden({ store, connections: CONNECTIONS, ...rest });
  let reads = 1_700_000_000_000;
  return {
    store,
    golden,
    see(connection, stream, ...records) {
      reads += 1000;
      return golden.observe({
        connection,
        stream,
        startedAt: records[0]?.at ?? reads,
        through: 'capture',
        records: records.map(({ mapped = [], at: _at, ...record }) => ({
          ...record,
          mapped: mapped as unknown as readonly Mapped[],
        })),
      });
    },
    rows: (entity) => readRows(store, entity),
    changes: () => readChanges(store),
    async id(connection, stream, key, entity = 'Customer') {
      const [row] = await store.reader.all(
        `select canonical_id from identity_key where connection = ${store.placeholder(1)} and stream = ${store.placeholder(2)} and source_id = ${store.placeholder(3)} and entity = ${store.placeholder(4)}`,
        [connection, stream, key, entity],
      );
      return row?.[0] === undefined ? undefined : String(row[0]);
    },
    close: () => store.close(),
  };
}

async function readRows(store: Store, entity: string): Promise<readonly Record<string, unknown>[]> {
  const layout = store.layout.entities.get(entity);
  if (!layout) throw new Error(`no ${entity}`);
  const names = layout.columns.map(({ name }) => name);
  const rows = await store.reader.all(
    `select ${names.map((name) => `"${name}"`).join(', ')} from "${layout.table}" order by id`,
  );
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}

async function readChanges(store: Store): Promise<readonly Record<string, unknown>[]> {
  const names = [
    'entity',
    'canonical_id',
    'sequence',
    'op',
    'other_id',
    'before',
    'after',
    'changed',
    'owners',
    'origin',
  ];
  const rows = await store.reader.all(`select ${names.join(', ')} from change_row order by id`);
  return rows.map((row) =>
    Object.fromEntries(
      names.map((name, index) => {
        const value = row[index];
        return [name, typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value];
      }),
    ),
  );
}
