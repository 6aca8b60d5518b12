import { NotFoundError } from '#sdk';
import { hubColumns, type Row, type Store, type WriteTx } from '#store';

/** A key whose changes wait, since the broker refused one of them for good. */
export interface ParkedKey {
  readonly entity: string;
  readonly canonicalId: string;
  readonly partition: number;
  /** Of the first change that waits. */
  readonly offset: number;
  /** The topic that refused it. */
  readonly topic: string | null;
  readonly reason: string;
  readonly at: number;
  /** It was asked to be published again, and that has not happened yet. */
  readonly isReleasing: boolean;
}

const NAMES = ['entity', 'canonical_id', 'partition', 'offset', 'topic', 'reason', 'at', 'releasing'];
const COLUMNS = NAMES.map((name) => `"${name}"`).join(', ');
const KEY = hubColumns('parked_key', 'canonical_id');

export async function listParked(store: Store, limit = 100): Promise<readonly ParkedKey[]> {
  const rows = await store.reader.all(
    `select ${COLUMNS} from parked_key order by at, canonical_id limit ${store.placeholder(1)}`,
    [limit],
  );
  return rows.map(fromRow);
}

export async function countParked(store: Store): Promise<number> {
  const [row] = await store.reader.all('select count(*) from parked_key');
  return Number(row?.[0] ?? 0);
}

export async function parkedIn(store: Store, partition: number): Promise<readonly ParkedKey[]> {
  const rows = await store.reader.all(
    `select ${COLUMNS} from parked_key where "partition" = ${store.placeholder(1)} order by canonical_id`,
    [partition],
  );
  return rows.map(fromRow);
}

/** The earliest of its changes counts, whichever topic refused first. */
export async function park(tx: WriteTx, store: Store, parked: Omit<ParkedKey, 'isReleasing'>): Promise<void> {
  const { entity, canonicalId, partition, offset, topic, reason, at } = parked;
  const isNew = await tx.insertIgnore('parked_key', hubColumns('parked_key'), [
    [entity, canonicalId, partition, offset, reason, at, topic, 0],
  ]);
  if (isNew > 0) return;
  const at1 = store.placeholder(1);
  const at2 = store.placeholder(2);
  await tx.run(
    `update parked_key set "offset" = ${at1} where canonical_id = ${at2} and "offset" > ${store.placeholder(3)}`,
    [offset, canonicalId, offset],
  );
}

/** It was tried again in vain, from `offset` on. */
export async function parkAgain(tx: WriteTx, canonicalId: string, offset: number, reason: string): Promise<void> {
  await tx.updateIn('parked_key', KEY, hubColumns('parked_key', 'offset', 'reason', 'releasing'), [
    [canonicalId, offset, reason, 0],
  ]);
}

export async function unpark(tx: WriteTx, canonicalId: string): Promise<void> {
  await tx.deleteIn('parked_key', KEY, [[canonicalId]]);
}

/** Asks whoever holds their partitions to publish their changes again. Returns how many keys that is. */
export async function askRelease(store: Store, canonicalId?: string): Promise<number> {
  return store.write(async (tx) => {
    if (canonicalId === undefined) return tx.run('update parked_key set releasing = 1 where releasing = 0');
    const count = await tx.run(`update parked_key set releasing = 1 where canonical_id = ${store.placeholder(1)}`, [
      canonicalId,
    ]);
    if (count === 0) throw new NotFoundError(`No changes of ${canonicalId} are parked.`);
    return count;
  });
}

function fromRow(row: Row): ParkedKey {
  return {
    entity: String(row[0]),
    canonicalId: String(row[1]),
    partition: Number(row[2]),
    offset: Number(row[3]),
    topic: row[4] == null ? null : String(row[4]),
    reason: String(row[5]),
    at: Number(row[6]),
    isReleasing: Number(row[7]) === 1,
  };
}
