import { type Change, writeChanges } from '#events';
import type { CanonicalRows, IdentityKey, IdentityKeys, MovedKey } from '#identity';
import { entityOf, type Model } from '#model';
import type { Row, SqlValue, WriteTx } from '#store';
import {
  byId,
  differingFields,
  encodeFields,
  isSameFrom,
  lineRows,
  ownerNames,
  PROVENANCE_COLUMN,
  provenanceText,
  unreadReferences,
} from './aggregate.ts';
import { changeContent, changeOp, type DocumentLines } from './change-of.ts';
import { readContributions, type Spoken } from './contributions.ts';
import type { EntityRow } from './golden-row.ts';
import { mentionLines } from './line-names.ts';
import { ReferenceMoves } from './reference-moves.ts';
import { type OwnershipTable, type PartUnit, type Survived, survive } from './survive.ts';

export interface GoldenContext {
  readonly model: Model;
  readonly rows: ReadonlyMap<string, EntityRow>;
  readonly ownership: OwnershipTable;
}

/** What one transaction works with. */
export interface GoldenTask {
  readonly tx: WriteTx;
  readonly keys: IdentityKeys;
  readonly canonical: CanonicalRows;
  readonly spoken: Spoken;
  readonly moved: readonly MovedKey[];
  /** Keys that stand for another thing now, under an id minted for it. */
  readonly reminted: readonly IdentityKey[];
  /** The connection whose observation brought the change; null: another ownership or model did. */
  readonly origin: string | null;
  readonly now: number;
}

interface Aggregate {
  readonly id: string;
  readonly before: Row | undefined;
  readonly survived: Survived | undefined;
  /** By the entity of the lines. */
  readonly linesBefore: ReadonlyMap<string, readonly Row[]>;
}

interface TableWrite {
  readonly upserts: Map<string, Row>;
  readonly deletes: Set<string>;
}

/** Computes golden records from what is observed now, and writes them with their change rows. */
export class GoldenWriter {
  readonly #context: GoldenContext;
  readonly #task: GoldenTask;
  readonly #moves: ReferenceMoves;
  readonly #wasAliasOf = new Map<string, string>();
  readonly #tables = new Map<string, TableWrite>();
  readonly #changes: Change[] = [];
  /** Lines that some document has now, and those that one had. */
  readonly #linesNow = new Map<string, Map<string, Row>>();
  readonly #linesBefore = new Map<string, Map<string, Row>>();
  readonly #leftLines = new Set<string>();

  constructor(context: GoldenContext, task: GoldenTask) {
    this.#context = context;
    this.#task = task;
    this.#moves = new ReferenceMoves(context.rows, task.moved);
  }

  /** `dirty`: canonical id → entity. Answers the ids whose golden record changed. */
  async write(dirty: Map<string, string>): Promise<readonly string[]> {
    const { tx, keys, canonical, moved, now } = this.#task;
    await this.#moves.addReferrers(tx, dirty);
    await this.#addReferringLines(dirty);
    canonical.add(keys.minted, now);
    await canonical.lock(
      [...dirty.keys(), ...moved.map(({ key }) => key.mintedId)].filter((id) => !keys.minted.has(id)),
    );
    this.#link();
    const lines = [...dirty].filter(([, entity]) => entityOf(this.#context.model, entity).partOf);
    const isLine = new Set(lines.map(([id]) => id));
    const documents = new Map([...dirty].filter(([id]) => !isLine.has(id)));
    const touched = await this.#writeLines(lines);
    for (const [id, entity] of touched) documents.set(id, entity);
    await canonical.lock([...documents.keys()].filter((id) => !keys.minted.has(id)));
    const byEntity = new Map<string, string[]>();
    for (const [id, entity] of documents) byEntity.set(entity, [...(byEntity.get(entity) ?? []), id]);
    for (const [entity, ids] of byEntity) await this.#writeEntity(entity, ids, touched);
    await this.#removeLines();
    await this.#flush();
    return this.#changes.map(({ canonicalId }) => canonicalId);
  }

  /** Only lines that are source records of their own: the others are computed with their documents. */
  async #addReferringLines(dirty: Map<string, string>): Promise<void> {
    const { tx, keys } = this.#task;
    const lines = this.#moves.lineReferrers;
    if (lines.size === 0) return;
    const spoken = await readContributions(tx, keys, [...lines.keys()], { records: new Map(), byKey: new Map() });
    for (const [id, entity] of lines) if ((spoken.get(id)?.length ?? 0) > 0) dirty.set(id, entity);
  }

  /** Aliases follow their keys. */
  #link(): void {
    const { canonical, moved, reminted } = this.#task;
    for (const key of [...moved.map((move) => move.key), ...reminted]) {
      const row = canonical.of(key.mintedId);
      if (row.survivor !== null) this.#wasAliasOf.set(row.id, row.survivor);
      row.survivor = key.canonicalId === key.mintedId ? null : key.canonicalId;
    }
  }

  /** Lines that are source records of their own. They have no change rows: their documents have. */
  async #writeLines(lines: readonly (readonly [string, string])[]): Promise<ReadonlyMap<string, string>> {
    const touched = new Map<string, string>();
    for (const entity of new Set(lines.map(([, name]) => name))) {
      const { partOf } = entityOf(this.#context.model, entity);
      const row = this.#row(entity);
      const via = row.fields.find(({ name }) => name === partOf?.field);
      const ids = lines.filter(([, name]) => name === entity).map(([id]) => id);
      for (const aggregate of await this.#load(entity, ids)) {
        const after = this.#encode(row, aggregate);
        const isChanged =
          !aggregate.before || !after || differingFields(row, aggregate.before, after, this.#moves.moves).length > 0;
        if (!isChanged || (!aggregate.before && !after)) continue;
        this.#store(entity, aggregate.id, after && this.#stamped(after, this.#nextSequence(aggregate.id)));
        this.#task.canonical.of(aggregate.id).state = after ? 'live' : 'deleted';
        for (const line of [aggregate.before, after]) {
          const document = via && line?.[via.start];
          if (partOf && typeof document === 'string') touched.set(document, partOf.parent);
        }
      }
    }
    return touched;
  }

  async #writeEntity(entity: string, ids: readonly string[], touched: ReadonlyMap<string, string>): Promise<void> {
    const { parts } = this.#context.ownership.units(entity);
    const row = this.#row(entity);
    for (const aggregate of await this.#load(entity, ids)) {
      const after = this.#encode(row, aggregate);
      const lines = parts.map((part) => this.#lines(part, aggregate));
      if (!aggregate.before && !after) continue;
      this.#writeDocument(row, aggregate, after, lines, touched.has(aggregate.id));
    }
  }

  async #load(entity: string, ids: readonly string[]): Promise<readonly Aggregate[]> {
    const { tx, keys, spoken } = this.#task;
    const row = this.#row(entity);
    const contributions = await readContributions(tx, keys, ids, spoken);
    const stored = ids.filter((id) => !keys.minted.has(id)).map((id): Row => [id]);
    const before = new Map<string, Row>();
    for (const found of await tx.selectIn(row.layout.table, row.columnNames, [{ name: 'id', type: 'text' }], stored)) {
      before.set(String(found[0]), found);
    }
    const { parts } = this.#context.ownership.units(entity);
    const linesBefore = new Map<string, Map<string, Row[]>>();
    for (const part of parts) linesBefore.set(part.entity, await this.#readLines(part, before));
    const model = entityOf(this.#context.model, entity);
    const aggregates = ids.map((id): Aggregate => {
      const records = contributions.get(id) ?? [];
      return {
        id,
        before: before.get(id),
        survived: records.length > 0 ? survive(model, records, this.#context.ownership) : undefined,
        linesBefore: new Map(parts.map((part) => [part.entity, linesBefore.get(part.entity)?.get(id) ?? []])),
      };
    });
    await this.#readReferences(row, parts, aggregates);
    return aggregates;
  }

  async #readLines(part: PartUnit, documents: ReadonlyMap<string, Row>): Promise<Map<string, Row[]>> {
    const row = this.#row(part.entity);
    const via = row.fields.find(({ name }) => name === part.via);
    const lines = new Map<string, Row[]>();
    if (!via || documents.size === 0) return lines;
    const column = row.columnNames[via.start] ?? '';
    const ids = [...documents.keys()].map((id): Row => [id]);
    const known = this.#linesBefore.get(part.entity) ?? new Map<string, Row>();
    this.#linesBefore.set(part.entity, known);
    const found = await this.#task.tx.selectIn(
      row.layout.table,
      row.columnNames,
      [{ name: column, type: 'text' }],
      ids,
    );
    for (const line of found) {
      const document = String(line[via.start]);
      known.set(String(line[0]), line);
      lines.set(document, [...(lines.get(document) ?? []), line]);
    }
    return lines;
  }

  /** References and lines that came with other pages: their keys exist, but were not read for this one. */
  async #readReferences(row: EntityRow, parts: readonly PartUnit[], aggregates: readonly Aggregate[]): Promise<void> {
    const names = new Map<string, Parameters<IdentityKeys['of']>[0]>();
    for (const { survived } of aggregates) {
      if (!survived) continue;
      for (const [text, name] of unreadReferences(row, survived.values, this.#task.keys)) names.set(text, name);
      for (const part of parts) {
        const owner = survived.partOwners.get(part.entity);
        if (owner) mentionLines(this.#row(part.entity), part, owner, this.#task.keys, names);
      }
    }
    if (names.size === 0) return;
    await this.#task.keys.mention(names);
    this.#task.canonical.add(this.#task.keys.minted, this.#task.now);
  }

  #encode(row: EntityRow, { id, survived }: Aggregate): SqlValue[] | undefined {
    if (!survived) return undefined;
    const head: SqlValue[] = [id, 0, 0, provenanceText(survived.owners)];
    return head.concat(encodeFields(row, survived.values, this.#task.keys));
  }

  #lines(part: PartUnit, { id, survived, linesBefore }: Aggregate): DocumentLines {
    const row = this.#row(part.entity);
    const before = (linesBefore.get(part.entity) ?? []).toSorted(byId);
    const owner = survived?.partOwners.get(part.entity);
    if (survived && !owner) return { part, row, before, after: before, isOwned: false };
    const after = owner
      ? lineRows(row, part, id, owner, this.#task.keys, this.#context.ownership.units(part.entity))
      : [];
    return { part, row, before, after, isOwned: true };
  }

  #writeDocument(
    row: EntityRow,
    aggregate: Aggregate,
    after: SqlValue[] | undefined,
    lines: readonly DocumentLines[],
    isTouched: boolean,
  ): void {
    const { id, before } = aggregate;
    const entity = row.layout.entity.name;
    const differing = before && after ? differingFields(row, before, after, this.#moves.moves) : [];
    const fields = differing.filter(({ isPublished }) => isPublished);
    const changedLines = lines.filter((set) => isTouched || this.#differ(set));
    const isChanged = !before || !after || fields.length > 0 || changedLines.length > 0;
    if (!isChanged && before && after) {
      if (!isSameFrom(PROVENANCE_COLUMN, before, after)) {
        this.#store(entity, id, [before[0] ?? null, before[1] ?? 0, before[2] ?? 0, ...after.slice(PROVENANCE_COLUMN)]);
      }
      for (const set of lines) this.#storeLines(set, Number(before[1]));
      return;
    }
    const sequence = this.#nextSequence(id);
    const canonical = this.#task.canonical.of(id);
    canonical.state = after ? 'live' : 'deleted';
    this.#store(entity, id, after && this.#stamped(after, sequence));
    for (const set of lines) this.#storeLines(set, sequence);
    const changed = [...fields.map(({ name }) => name), ...changedLines.map(({ part }) => part.name)];
    this.#changes.push({
      ...changeOp(before, after, canonical.survivor, this.#wasAliasOf.get(id)),
      ...changeContent(row, before, after, lines),
      entity,
      canonicalId: id,
      sequence,
      changed: before && after ? changed : [],
      owners: aggregate.survived ? ownerNames(aggregate.survived.owners) : {},
      origin: this.#task.origin,
      at: this.#task.now,
    });
  }

  #differ({ row, before, after }: DocumentLines): boolean {
    if (before.length !== after.length) return true;
    return after.some((line, index) => {
      const known = before[index];
      return !known || known[0] !== line[0] || differingFields(row, known, line, this.#moves.moves).length > 0;
    });
  }

  /** Remembers what a document's lines were and are; those that no document has any more go at the end. */
  #storeLines(set: DocumentLines, sequence: number): void {
    if (!set.isOwned) return;
    const entity = set.part.entity;
    const now = this.#linesNow.get(entity) ?? new Map<string, Row>();
    this.#linesNow.set(entity, now);
    const known = this.#linesBefore.get(entity);
    for (const line of set.after) {
      const id = String(line[0]);
      now.set(id, line);
      const before = known?.get(id);
      if (before && isSameFrom(PROVENANCE_COLUMN, before, line)) continue;
      const isSilent = before && differingFields(set.row, before, line, this.#moves.moves).length === 0;
      this.#store(
        entity,
        id,
        isSilent
          ? [id, before[1] ?? 0, before[2] ?? 0, ...line.slice(PROVENANCE_COLUMN)]
          : this.#stamped(line, sequence),
      );
    }
    for (const line of set.before) if (!now.has(String(line[0]))) this.#leftLines.add(`${entity}\0${line[0]}`);
  }

  async #removeLines(): Promise<void> {
    const { tx, keys, canonical } = this.#task;
    const appeared: string[] = [];
    for (const [entity, now] of this.#linesNow) {
      const known = this.#linesBefore.get(entity);
      for (const id of now.keys()) if (!known?.has(id)) appeared.push(id);
    }
    const left = [...this.#leftLines]
      .map((text) => text.split('\0') as [string, string])
      .filter(([entity, id]) => !this.#linesNow.get(entity)?.has(id));
    await canonical.lock([...appeared, ...left.map(([, id]) => id)].filter((id) => !keys.minted.has(id)));
    for (const id of appeared) canonical.of(id).state = 'live';
    if (left.length === 0) return;
    const spoken = await readContributions(
      tx,
      keys,
      left.map(([, id]) => id),
      { records: new Map(), byKey: new Map() },
    );
    for (const [entity, id] of left) {
      if ((spoken.get(id)?.length ?? 0) > 0) continue;
      this.#store(entity, id, undefined);
      canonical.of(id).state = 'deleted';
    }
  }

  #nextSequence(id: string): number {
    const row = this.#task.canonical.of(id);
    row.sequence += 1;
    return row.sequence;
  }

  #stamped(after: readonly SqlValue[], sequence: number): Row {
    return [after[0] ?? null, sequence, this.#task.now, ...after.slice(PROVENANCE_COLUMN)];
  }

  #store(entity: string, id: string, row: Row | undefined): void {
    let table = this.#tables.get(entity);
    if (!table) {
      table = { upserts: new Map(), deletes: new Set() };
      this.#tables.set(entity, table);
    }
    if (row) {
      table.upserts.set(id, row);
      table.deletes.delete(id);
    } else {
      table.deletes.add(id);
      table.upserts.delete(id);
    }
  }

  async #flush(): Promise<void> {
    const { tx, canonical } = this.#task;
    await canonical.write();
    await this.#moves.rewrite(tx);
    for (const [entity, { upserts, deletes }] of this.#tables) {
      const { layout } = this.#row(entity);
      await tx.deleteIn(
        layout.table,
        [{ name: 'id', type: 'text' }],
        [...deletes].sort().map((id) => [id]),
      );
      await tx.upsert(layout.table, layout.columns, [...upserts.values()].sort(byId), ['id']);
    }
    await writeChanges(tx, this.#changes);
  }

  #row(entity: string): EntityRow {
    const row = this.#context.rows.get(entity);
    if (!row) throw new Error(`There is no golden table of ${entity}.`);
    return row;
  }
}
