import { type Change, writeChanges } from '#events';
import type { CanonicalRows, IdentityKey, IdentityKeys, MovedKey } from '#identity';
import { entityOf, type Model } from '#model';
import type { SqlValue, WriteTx } from '#store';
import {
  byId,
  differingFields,
  encodeRow,
  isSame,
  lineRows,
  ownerNames,
  provenanceText,
  stamped,
  stampedAs,
} from './aggregate.ts';
import { changeContent, changeOp, type DocumentLines } from './change-of.ts';
import { readContributions, type Spoken } from './contributions.ts';
import { type EntityRow, rowOf, SEQUENCE } from './golden-row.ts';
import { GoldenRows } from './golden-rows.ts';
import { type Aggregate, AggregateLoader } from './load-aggregates.ts';
import { ReferenceMoves } from './reference-moves.ts';
import type { OwnershipTable, PartUnit } from './survive.ts';

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
  readonly trace: string;
}

/** Computes golden records from what is observed now, and writes them with their change rows. */
export class GoldenWriter {
  readonly #context: GoldenContext;
  readonly #task: GoldenTask;
  readonly #moves: ReferenceMoves;
  readonly #wasAliasOf = new Map<string, string>();
  readonly #loader: AggregateLoader;
  readonly #rows: GoldenRows;
  readonly #changes: Change[] = [];
  /** Lines that some document has now, and those that one had: entity → ids. */
  readonly #linesNow = new Map<string, Set<string>>();
  readonly #leftLines = new Map<string, Set<string>>();

  constructor(context: GoldenContext, task: GoldenTask) {
    this.#context = context;
    this.#task = task;
    this.#moves = new ReferenceMoves(context.rows, task.moved);
    this.#loader = new AggregateLoader(context, task);
    this.#rows = new GoldenRows(context.rows);
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
    for (const [id, entity] of documents) {
      const ids = byEntity.get(entity);
      if (ids) ids.push(id);
      else byEntity.set(entity, [id]);
    }
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
      const row = rowOf(this.#context.rows, entity);
      const via = row.fields.find(({ name }) => name === partOf?.field);
      const ids = lines.filter(([, name]) => name === entity).map(([id]) => id);
      for (const aggregate of await this.#loader.load(entity, ids)) {
        const after = this.#encode(row, aggregate);
        const isChanged =
          !aggregate.before || !after || differingFields(row, aggregate.before, after, this.#moves.moves).length > 0;
        if (!isChanged || (!aggregate.before && !after)) continue;
        this.#store(entity, aggregate.id, after, this.#nextSequence(aggregate.id));
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
    const row = rowOf(this.#context.rows, entity);
    for (const aggregate of await this.#loader.load(entity, ids)) {
      const after = this.#encode(row, aggregate);
      const lines = parts.map((part) => this.#lines(part, aggregate));
      if (!aggregate.before && !after) continue;
      this.#writeDocument(row, aggregate, after, lines, touched.has(aggregate.id));
    }
  }

  #encode(row: EntityRow, { id, survived }: Aggregate): SqlValue[] | undefined {
    return survived && encodeRow(row, id, provenanceText(survived.owners), survived.values, this.#task.keys);
  }

  #lines(part: PartUnit, { id, survived, linesBefore }: Aggregate): DocumentLines {
    const row = rowOf(this.#context.rows, part.entity);
    const before = (linesBefore.get(part.entity) ?? []).toSorted(byId);
    const owner = survived?.partOwners.get(part.entity);
    if (survived && !owner) return { part, row, before, after: before };
    const after = owner
      ? lineRows(row, part, id, owner, this.#task.keys, this.#context.ownership.units(part.entity))
      : [];
    return { part, row, before, after, owned: after };
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
      if (!isSame(before, after)) this.#rows.store(entity, id, stampedAs(before, after));
      for (const set of lines) this.#storeLines(set, Number(before[SEQUENCE]));
      return;
    }
    const sequence = this.#nextSequence(id);
    const canonical = this.#task.canonical.of(id);
    canonical.state = after ? 'live' : 'deleted';
    this.#store(entity, id, after, sequence);
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
      trace: this.#task.trace,
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
    if (!set.owned) return;
    const entity = set.part.entity;
    const now = idsOf(this.#linesNow, entity);
    const known = this.#loader.linesBefore.get(entity);
    for (const line of set.owned) {
      const id = String(line[0]);
      now.add(id);
      const before = known?.get(id);
      if (before && isSame(before, line)) continue;
      const isSilent = before && differingFields(set.row, before, line, this.#moves.moves).length === 0;
      this.#rows.store(entity, id, isSilent ? stampedAs(before, line) : stamped(line, sequence, this.#task.now));
    }
    for (const line of set.before) if (!now.has(String(line[0]))) idsOf(this.#leftLines, entity).add(String(line[0]));
  }

  async #removeLines(): Promise<void> {
    const { tx, keys, canonical } = this.#task;
    const appeared: string[] = [];
    for (const [entity, now] of this.#linesNow) {
      const known = this.#loader.linesBefore.get(entity);
      for (const id of now) if (!known?.has(id)) appeared.push(id);
    }
    const left = [...this.#leftLines].flatMap(([entity, ids]) => {
      const now = this.#linesNow.get(entity);
      return [...ids].filter((id) => !now?.has(id)).map((id) => [entity, id] as const);
    });
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
      this.#rows.remove(entity, id);
      canonical.of(id).state = 'deleted';
    }
  }

  #nextSequence(id: string): number {
    const row = this.#task.canonical.of(id);
    row.sequence += 1;
    return row.sequence;
  }

  #store(entity: string, id: string, row: SqlValue[] | undefined, sequence: number): void {
    if (row) this.#rows.store(entity, id, stamped(row, sequence, this.#task.now));
    else this.#rows.remove(entity, id);
  }

  async #flush(): Promise<void> {
    const { tx, keys, canonical } = this.#task;
    await canonical.write();
    await this.#moves.rewrite(tx);
    await this.#rows.write(tx, (id) => keys.minted.has(id));
    await writeChanges(tx, this.#changes);
  }
}

function idsOf(byEntity: Map<string, Set<string>>, entity: string): Set<string> {
  const known = byEntity.get(entity);
  if (known) return known;
  const made = new Set<string>();
  byEntity.set(entity, made);
  return made;
}
