import { hubColumns, type Row, type WriteTx } from '#store';
import type { KeyName } from './identity-key.ts';

/** `stub`: named by others, never seen. `deleted`: was seen, has no living record or is an alias. */
export type CanonicalState = 'stub' | 'live' | 'deleted';

/** What is kept of a canonical id for ever. */
export interface CanonicalRow {
  readonly id: string;
  readonly entity: string;
  readonly mintedAt: number;
  /** The id that it is an alias of. */
  survivor: string | null;
  sequence: number;
  state: CanonicalState;
}

const COLUMNS = hubColumns('canonical_id').map(({ name }) => name);
const ID = hubColumns('canonical_id', 'id');

/** The canonical ids that one transaction works on: locked in one order, changed in memory, written once. */
export class CanonicalRows {
  readonly #tx: WriteTx;
  readonly #rows = new Map<string, CanonicalRow>();
  readonly #stored = new Map<string, CanonicalRow>();

  constructor(tx: WriteTx) {
    this.#tx = tx;
  }

  async lock(ids: Iterable<string>): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#rows.has(id)).sort();
    for (const row of await this.#tx.lockIn(
      'canonical_id',
      COLUMNS,
      ID,
      missing.map((id) => [id]),
    )) {
      const canonical = fromRow(row);
      this.#rows.set(canonical.id, canonical);
      this.#stored.set(canonical.id, { ...canonical });
    }
  }

  /** Ids that this transaction minted: nobody else can see them yet. */
  add(minted: ReadonlyMap<string, KeyName>, mintedAt: number): void {
    for (const [id, { entity }] of minted) {
      if (this.#rows.has(id)) continue;
      this.#rows.set(id, { id, entity, mintedAt, survivor: null, sequence: 0, state: 'stub' });
    }
  }

  of(id: string): CanonicalRow {
    const row = this.#rows.get(id);
    if (!row) throw new Error(`The canonical id ${id} is not locked.`);
    return row;
  }

  async write(): Promise<void> {
    const inserted: Row[] = [];
    const updated: Row[] = [];
    for (const row of this.#rows.values()) {
      const before = this.#stored.get(row.id);
      if (before === undefined) {
        inserted.push([row.id, row.entity, row.mintedAt, row.survivor, row.sequence, row.state]);
      } else if (isChanged(before, row)) updated.push([row.id, row.survivor, row.sequence, row.state]);
    }
    await this.#tx.insert('canonical_id', hubColumns('canonical_id'), inserted);
    await this.#tx.updateIn('canonical_id', ID, hubColumns('canonical_id', 'survivor', 'sequence', 'state'), updated);
  }
}

const isChanged = (before: CanonicalRow, { survivor, sequence, state }: CanonicalRow) =>
  before.sequence !== sequence || before.state !== state || before.survivor !== survivor;

function fromRow(row: Row): CanonicalRow {
  return {
    id: String(row[0]),
    entity: String(row[1]),
    mintedAt: Number(row[2]),
    survivor: typeof row[3] === 'string' ? row[3] : null,
    sequence: Number(row[4]),
    state: String(row[5]) as CanonicalState,
  };
}
