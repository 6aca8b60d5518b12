import type { IdentityKeys } from '#identity';
import { entityOf } from '#model';
import type { Row } from '#store';
import { readContributions } from './contributions.ts';
import { type EntityRow, rowOf } from './golden-row.ts';
import type { GoldenContext, GoldenTask } from './golden-writer.ts';
import { mentionReferences, partName } from './prepare.ts';
import { type Contribution, type PartUnit, type Survived, survive } from './survive.ts';

/** A canonical id with its golden row as stored, and what is to be stored. */
export interface Aggregate {
  readonly id: string;
  readonly before: Row | undefined;
  /** Undefined: no living record speaks of it. */
  readonly survived: Survived | undefined;
  /** By the entity of the lines. */
  readonly linesBefore: ReadonlyMap<string, readonly Row[]>;
}

/** Brings together all that golden records are computed from. */
export class AggregateLoader {
  readonly #context: GoldenContext;
  readonly #task: GoldenTask;
  /** All lines read so far, by entity and id. */
  readonly linesBefore = new Map<string, Map<string, Row>>();

  constructor(context: GoldenContext, task: GoldenTask) {
    this.#context = context;
    this.#task = task;
  }

  /** Keys of everything that the loaded values name are known afterwards. */
  async load(entity: string, ids: readonly string[]): Promise<readonly Aggregate[]> {
    const { tx, keys, spoken } = this.#task;
    const row = rowOf(this.#context.rows, entity);
    const contributions = await readContributions(tx, keys, ids, spoken);
    const stored = ids.filter((id) => !keys.minted.has(id)).map((id): Row => [id]);
    const before = new Map<string, Row>();
    for (const found of await tx.selectIn(row.layout.table, row.columnNames, [{ name: 'id', type: 'text' }], stored)) {
      before.set(String(found[0]), found);
    }
    const { parts } = this.#context.ownership.units(entity);
    const linesBefore = new Map<string, ReadonlyMap<string, readonly Row[]>>();
    for (const part of parts) linesBefore.set(part.entity, await this.#readLines(part, before));
    const model = entityOf(this.#context.model, entity);
    const aggregates = ids.map((id): Aggregate => {
      const records = contributions.get(id) ?? [];
      const survived = records.length > 0 ? survive(model, records, this.#context.ownership) : undefined;
      if (survived && !records.every(({ isMentioned }) => isMentioned)) this.#mention(row, parts, survived);
      const lines = new Map(parts.map((part) => [part.entity, linesBefore.get(part.entity)?.get(id) ?? []]));
      return { id, before: before.get(id), survived, linesBefore: lines };
    });
    await keys.settle();
    this.#task.canonical.add(keys.minted, this.#task.now);
    return aggregates;
  }

  async #readLines(part: PartUnit, documents: ReadonlyMap<string, Row>): Promise<Map<string, Row[]>> {
    const row = rowOf(this.#context.rows, part.entity);
    const via = row.fields.find(({ name }) => name === part.via);
    const lines = new Map<string, Row[]>();
    if (!via || documents.size === 0) return lines;
    const known = this.linesBefore.get(part.entity) ?? new Map<string, Row>();
    this.linesBefore.set(part.entity, known);
    const found = await this.#task.tx.selectIn(
      row.layout.table,
      row.columnNames,
      [{ name: row.columnNames[via.start] ?? '', type: 'text' }],
      [...documents.keys()].map((id): Row => [id]),
    );
    for (const line of found) {
      const document = String(line[via.start]);
      known.set(String(line[0]), line);
      const others = lines.get(document);
      if (others) others.push(line);
      else lines.set(document, [line]);
    }
    return lines;
  }

  /** References and lines that came with other pages: their keys exist, but were not read for this one. */
  #mention(row: EntityRow, parts: readonly PartUnit[], survived: Survived): void {
    const { keys } = this.#task;
    mentionReferences(row, survived.values, keys);
    for (const part of parts) {
      const owner = survived.partOwners.get(part.entity);
      if (owner) mentionLines(rowOf(this.#context.rows, part.entity), part, owner, keys);
    }
  }
}

function mentionLines(row: EntityRow, part: PartUnit, owner: Contribution, keys: IdentityKeys): void {
  for (const item of owner.parts?.[part.entity]?.items ?? []) {
    keys.mention(partName(owner.connection, owner.stream, owner.key ?? owner.sourceId, part.entity, item.key));
    mentionReferences(row, item.values, keys);
  }
}
