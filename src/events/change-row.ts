import { hubColumns, type Row, type WriteTx } from '#store';
import { partitionOf } from './partition.ts';
import { valuesText } from './reference.ts';

export type ChangeOp = 'create' | 'update' | 'delete' | 'merge' | 'split';

/** What happened to one golden record. Values never hold classified payment data. */
export interface Change {
  readonly entity: string;
  readonly canonicalId: string;
  /** Without gaps per canonical id; survives delete, merge and split. */
  readonly sequence: number;
  readonly op: ChangeOp;
  /** `merge`: the surviving id. `split`: the id that this one parted from. */
  readonly otherId?: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  /** Names of the fields that differ. */
  readonly changed: readonly string[];
  /** Ownership unit → connection that the value was taken from. */
  readonly owners: Readonly<Record<string, string>>;
  /** The connection whose observation brought the change; null: another ownership or model did. */
  readonly origin: string | null;
  readonly at: number;
  /** What places it in a partition, where that is not the canonical id. */
  readonly key?: string;
  /** W3C `traceparent` of the read that brought it. */
  readonly trace?: string;
}

const COLUMNS = hubColumns(
  'change_row',
  'partition',
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
  'at',
  'done',
  'trace',
);

/**
 * Written with the change itself, in its transaction; the golden record's identity row is held by it. Values that are
 * too large for a message are left out: the row then only says that they changed.
 */
export async function writeChanges(tx: WriteTx, changes: readonly Change[]): Promise<void> {
  await tx.insert('change_row', COLUMNS, changes.map(toRow));
}

function toRow(change: Change): Row {
  const [before, after] = valuesText(change.canonicalId, change.before, change.after);
  return [
    partitionOf(change.key ?? change.canonicalId),
    change.entity,
    change.canonicalId,
    change.sequence,
    change.op,
    change.otherId ?? null,
    before,
    after,
    JSON.stringify(change.changed),
    JSON.stringify(change.owners),
    change.origin,
    change.at,
    0,
    change.trace ?? null,
  ];
}
