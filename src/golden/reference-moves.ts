import type { MovedKey } from '#identity';
import type { Column, Row, WriteTx } from '#store';
import type { Moves } from './aggregate.ts';
import type { EntityRow } from './golden-row.ts';

const ID: Column = { name: 'id', type: 'text' };

/**
 * What refers to canonical ids that lost source keys. When all of an id's keys went to one other, its referrers are
 * rewritten in one go; when they went apart, each referrer is computed again from what was observed.
 */
export class ReferenceMoves {
  readonly moves: Moves;
  /** Lines to be computed again, if they are source records: canonical id → entity. */
  readonly lineReferrers = new Map<string, string>();
  readonly #rows: ReadonlyMap<string, EntityRow>;
  readonly #entities = new Map<string, string>();
  readonly #whole = new Map<string, string>();

  /** `moved` holds every key whose canonical id is another one now; nothing refers yet to what a new key had. */
  constructor(rows: ReadonlyMap<string, EntityRow>, moved: readonly MovedKey[]) {
    this.#rows = rows;
    const moves = new Map<string, Set<string>>();
    for (const { key, from, to } of moved) {
      if (key.isNew) continue;
      const targets = moves.get(from) ?? new Set();
      moves.set(from, targets.add(to));
      this.#entities.set(from, key.entity);
    }
    this.moves = moves;
  }

  /** Adds what must be computed again because of a split: canonical id → entity. */
  async addReferrers(tx: WriteTx, dirty: Map<string, string>): Promise<void> {
    if (this.moves.size === 0) return;
    const left = new Set<string>();
    const ids = [...this.moves.keys()].map((id): Row => [id]);
    const kept = await tx.selectIn('identity_key', ['canonical_id'], [{ name: 'canonical_id', type: 'text' }], ids);
    for (const [id] of kept) left.add(String(id));
    const apart: [string, string][] = [];
    for (const [from, targets] of this.moves) {
      const entity = this.#entities.get(from) ?? '';
      dirty.set(from, entity);
      for (const to of targets) dirty.set(to, entity);
      const [only] = targets;
      if (targets.size === 1 && only !== undefined && !left.has(from)) this.#whole.set(from, only);
      else apart.push([from, entity]);
    }
    await this.#readReferrers(tx, apart, dirty);
  }

  async #readReferrers(tx: WriteTx, apart: readonly [string, string][], dirty: Map<string, string>): Promise<void> {
    for (const { row, column, target } of this.#columns()) {
      const ids = apart.filter(([, entity]) => entity === target).map(([id]): Row => [id]);
      const { partOf, name } = row.layout.entity;
      const via = row.fields.find((field) => field.name === partOf?.field);
      const document = via ? (row.columnNames[via.start] ?? 'id') : 'id';
      for (const [id, header] of await tx.selectIn(row.layout.table, ['id', document], [column], ids)) {
        if (!partOf) dirty.set(String(id), name);
        else this.lineReferrers.set(String(id), name);
        if (partOf && typeof header === 'string') dirty.set(header, partOf.parent);
      }
    }
  }

  /** Referrers follow ids that went whole. Whoever is computed again anyway is written after this. */
  async rewrite(tx: WriteTx): Promise<void> {
    for (const { row, column, target } of this.#columns()) {
      const pairs = [...this.#whole].filter(([from]) => this.#entities.get(from) === target);
      if (pairs.length === 0) continue;
      await tx.updateIn(row.layout.table, [column], [column], pairs);
    }
  }

  *#columns() {
    for (const row of this.#rows.values()) {
      for (const { start, target } of row.references) {
        const column: Column = { name: row.columnNames[start] ?? ID.name, type: 'text' };
        yield { row, column, target };
      }
    }
  }
}
