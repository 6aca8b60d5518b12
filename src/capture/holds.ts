import type { Row, Store } from '#store';

/** Deletions that a sweep found and did not carry out: more than the set share, or everything. */
export interface HeldSweep {
  readonly connection: string;
  readonly stream: string;
  /** How many records are gone at the system. */
  readonly missing: number;
  /** Out of how many that the hub holds. */
  readonly held: number;
  /** The store's clock. */
  readonly at: number;
  /** A person has agreed; the next sweep carries them out. */
  readonly isApproved: boolean;
}

const PREFIX = 'sweep-hold/';
const COLUMNS = [
  { name: 'key', type: 'text' },
  { name: 'value', type: 'text' },
] as const;

/** What is held now; any thread may ask. */
export async function heldSweeps(store: Store): Promise<readonly HeldSweep[]> {
  const rows = await store.reader.all(`SELECT value FROM hub_meta WHERE key LIKE '${PREFIX}%' ORDER BY key`);
  return rows.map(parse);
}

export async function heldSweep(store: Store, connection: string, stream: string): Promise<HeldSweep | undefined> {
  const sql = `SELECT value FROM hub_meta WHERE key = ${store.placeholder(1)}`;
  const [row] = await store.reader.all(sql, [keyOf(connection, stream)]);
  return row === undefined ? undefined : parse(row);
}

export async function keepHold(store: Store, hold: HeldSweep): Promise<void> {
  const row = [keyOf(hold.connection, hold.stream), JSON.stringify(hold)];
  await store.write((tx) => tx.upsert('hub_meta', COLUMNS, [row], ['key']));
}

export async function dropHold(store: Store, connection: string, stream: string): Promise<void> {
  await store.write((tx) => tx.deleteIn('hub_meta', [COLUMNS[0]], [[keyOf(connection, stream)]]));
}

function keyOf(connection: string, stream: string): string {
  return `${PREFIX}${connection}/${stream}`;
}

function parse(row: Row): HeldSweep {
  return JSON.parse(String(row[0])) as HeldSweep;
}
