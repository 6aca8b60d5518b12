import type { Store } from '#store';
import type { ReadStanding, StandingRecord } from './golden-source.ts';
import { PARTITIONS, partitionOf } from './partition.ts';
import { MAX_VALUES_BYTES } from './reference.ts';
import type { StoredChange } from './stored-change.ts';

export interface StandingQuery {
  readonly job: string;
  readonly entities: ReadonlySet<string>;
  readonly partition: number;
  /** Canonical id. */
  readonly after: string;
}

/** Some 500 of them lie in one partition. */
const IDS_AT_ONCE = 500 * PARTITIONS;

/**
 * The records of one partition after a canonical id, as they stand: living ones with their values, those that are gone
 * as deletions. `last` is where the next call goes on; undefined: there are no more.
 */
export async function standingAfter(
  store: Store,
  readStanding: ReadStanding,
  { job, entities, partition, after }: StandingQuery,
): Promise<{ readonly standing: readonly StoredChange[]; readonly last: string | undefined }> {
  const rows = await store.reader.all(
    `select id, entity, sequence, state, survivor from canonical_id where id > ${store.placeholder(1)} order by id limit ${IDS_AT_ONCE}`,
    [after],
  );
  const own = rows.filter(
    ([id, name, sequence]) =>
      entities.has(String(name)) && Number(sequence) > 0 && partitionOf(String(id)) === partition,
  );
  const living = new Map<string, string[]>();
  for (const [id, name, , state, survivor] of own) {
    if (state !== 'live' || survivor !== null) continue;
    living.set(String(name), [...(living.get(String(name)) ?? []), String(id)]);
  }
  const records = new Map<string, StandingRecord>();
  for (const [name, ids] of living)
    for (const record of await readStanding(name, ids)) records.set(record.canonicalId, record);
  const standing = own.map(([id, name, sequence]): StoredChange => {
    const record = records.get(String(id));
    const isReference = record !== undefined && isLarge(record.values);
    return {
      entity: String(name),
      canonicalId: String(id),
      sequence: record?.sequence ?? Number(sequence),
      op: record ? 'snapshot' : 'delete',
      before: null,
      after: record && !isReference ? record.values : null,
      changed: [],
      owners: record?.owners ?? {},
      origin: null,
      at: record?.at ?? store.clock(),
      partition,
      offset: -1,
      isReference,
      snapshot: job,
    };
  });
  return { standing, last: rows.length < IDS_AT_ONCE ? undefined : String(rows.at(-1)?.[0]) };
}

function isLarge(values: Readonly<Record<string, unknown>>): boolean {
  const text = JSON.stringify(values);
  return text.length * 3 > MAX_VALUES_BYTES && Buffer.byteLength(text) > MAX_VALUES_BYTES;
}
