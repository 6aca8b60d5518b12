import type { Row, Store } from '#store';
import type { Change } from './change-row.ts';
import { isReference } from './reference.ts';

/** A change row that has its place in its partition. */
export interface StoredChange extends Omit<Change, 'op'> {
  /** `snapshot`: nothing happened, it is told as it stands. */
  readonly op: Change['op'] | 'snapshot';
  readonly partition: number;
  readonly offset: number;
  /** The job that tells it as it stands: the same record may be told so more than once. */
  readonly snapshot?: string;
  /** Its values were too large to be kept: who needs them asks the graph. */
  readonly isReference: boolean;
}

const COLUMNS = [
  ...['"partition"', '"offset"', 'entity', 'canonical_id', 'sequence', 'op', 'other_id', 'before', 'after'],
  ...['changed', 'owners', 'origin', 'at', 'trace'],
].join(', ');

/** Changes of a partition from `offset` on, in order. */
export async function readChanges(
  store: Store,
  partition: number,
  offset: number,
  limit: number,
): Promise<readonly StoredChange[]> {
  const parameter = (position: number) => store.placeholder(position);
  const rows = await store.reader.all(
    `select ${COLUMNS} from change_row where "partition" = ${parameter(1)} and "offset" >= ${parameter(2)} order by "offset" limit ${parameter(3)}`,
    [partition, offset, limit],
  );
  return rows.map(fromRow);
}

/** The last change of a canonical id that has its place. */
export async function lastChange(store: Store, canonicalId: string): Promise<StoredChange | undefined> {
  const [row] = await store.reader.all(
    `select ${COLUMNS} from change_row where canonical_id = ${store.placeholder(1)} and "offset" is not null order by sequence desc limit 1`,
    [canonicalId],
  );
  return row && fromRow(row);
}

/** What is kept of one canonical id from `offset` up to before `end`, in order. */
export async function changesOfKey(
  store: Store,
  canonicalId: string,
  offset: number,
  end: number,
): Promise<readonly StoredChange[]> {
  const parameter = (position: number) => store.placeholder(position);
  const rows = await store.reader.all(
    `select ${COLUMNS} from change_row where canonical_id = ${parameter(1)} and "offset" >= ${parameter(2)} and "offset" < ${parameter(3)} order by sequence`,
    [canonicalId, offset, end],
  );
  return rows.map(fromRow);
}

function fromRow(row: Row): StoredChange {
  const before = parsed(row[7]);
  const after = parsed(row[8]);
  const isLarge = isReference(before) || isReference(after);
  return {
    partition: Number(row[0]),
    offset: Number(row[1]),
    entity: String(row[2]),
    canonicalId: String(row[3]),
    sequence: Number(row[4]),
    op: String(row[5]) as Change['op'],
    ...(row[6] != null && { otherId: String(row[6]) }),
    before: isLarge ? null : before,
    after: isLarge ? null : after,
    changed: JSON.parse(String(row[9])),
    owners: JSON.parse(String(row[10])),
    origin: row[11] == null ? null : String(row[11]),
    at: Number(row[12]),
    ...(row[13] != null && { trace: String(row[13]) }),
    isReference: isLarge,
  };
}

function parsed(text: Row[number] | undefined): Record<string, unknown> | null {
  return text == null ? null : JSON.parse(String(text));
}
