import type { Row, WriteTx } from '#store';
import { byId } from './aggregate.ts';
import { type EntityRow, rowOf } from './golden-row.ts';

const ID = [{ name: 'id', type: 'text' }] as const;

interface TableRows {
  readonly stored: Map<string, Row>;
  readonly removed: Set<string>;
}

/** The golden rows that one transaction writes, all at its end; the last word on an id counts. */
export class GoldenRows {
  readonly #rows: ReadonlyMap<string, EntityRow>;
  readonly #tables = new Map<string, TableRows>();

  constructor(rows: ReadonlyMap<string, EntityRow>) {
    this.#rows = rows;
  }

  store(entity: string, id: string, row: Row): void {
    const { stored, removed } = this.#table(entity);
    stored.set(id, row);
    removed.delete(id);
  }

  remove(entity: string, id: string): void {
    const { stored, removed } = this.#table(entity);
    removed.add(id);
    stored.delete(id);
  }

  /** `isNew`: nobody can have stored this id before. */
  async write(tx: WriteTx, isNew: (id: string) => boolean): Promise<void> {
    for (const [entity, { stored, removed }] of this.#tables) {
      const { layout } = rowOf(this.#rows, entity);
      const gone = [...removed].sort().map((id): Row => [id]);
      await tx.deleteIn(layout.table, ID, gone);
      const inserted: Row[] = [];
      const replaced: Row[] = [];
      for (const [id, row] of stored) (isNew(id) ? inserted : replaced).push(row);
      await tx.insert(layout.table, layout.columns, inserted.sort(byId));
      await tx.upsert(layout.table, layout.columns, replaced.sort(byId), ['id']);
    }
  }

  #table(entity: string): TableRows {
    const known = this.#tables.get(entity);
    if (known) return known;
    const made = { stored: new Map<string, Row>(), removed: new Set<string>() };
    this.#tables.set(entity, made);
    return made;
  }
}
