/** Golden records, source keys and observed records written straight into a store, without any system. */
import { codecOf, enumCodec, loadCanonicalModel, ownershipUnit } from '#model';
import { type EntityLayout, type EnumColumns, openStore, type ScalarColumns, type SqlValue, type Store } from '#store';
import type { StorePlace } from '../../systems/postgres/index.ts';

export type Values = Readonly<Record<string, unknown>>;
/** `id`, canonical values, references as canonical ids. */
export type GoldenInput = Values & { readonly id: string };

export interface ObservedAs {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
}

export const model = loadCanonicalModel();

export async function openFilled(place: StorePlace): Promise<Store> {
  return openStore(place, model, { role: 'writer' });
}

/** Rows of one entity, each as if observed by one record of the given stream, whose key is `S-` and the id. */
export async function addGolden(
  store: Store,
  entityName: string,
  rows: readonly GoldenInput[],
  from: Omit<ObservedAs, 'sourceId'> = { connection: 'erp', stream: entityName },
  seenAt = 1_700_000_000_000,
): Promise<void> {
  const layout = store.layout.entities.get(entityName)!;
  const columns = layout.columns.filter(({ name }) => name !== 'sequence' && name !== 'hub_changed_at');
  await store.write(async (tx) => {
    const observed = await tx.allocate('observed_record', rows.length);
    const keys = await tx.allocate('identity_key', rows.length);
    const goldenRows = rows.map((row, at) => goldenRow(layout, row, observed[at]!));
    await tx.insert(
      layout.table,
      layout.columns,
      goldenRows.map((values) => layout.columns.map(({ name }) => values.get(name) ?? FIXED[name] ?? null)),
    );
    await tx.insert(
      'canonical_id',
      CANONICAL,
      rows.map(({ id }) => [id, entityName, 0, null, 1, 'live']),
    );
    await tx.insert(
      'identity_key',
      KEY,
      rows.map(({ id }, at) => [keys[at]!, from.connection, from.stream, `S-${id}`, entityName, id, id]),
    );
    await tx.insert(
      'observed_record',
      OBSERVED,
      rows.map(({ id }, at) => [observed[at]!, from.connection, from.stream, `S-${id}`, 'h', 0, seenAt, 0, '[]']),
    );
  });
  if (columns.length === 0) throw new Error('no columns');
}

const FIXED: Readonly<Record<string, SqlValue>> = { sequence: 1, hub_changed_at: 0 };
const text = (name: string) => ({ name, type: 'text' as const });
const bigint = (name: string) => ({ name, type: 'bigint' as const });
const CANONICAL = [
  text('id'),
  text('entity'),
  bigint('minted_at'),
  text('survivor'),
  bigint('sequence'),
  text('state'),
];
const KEY = [
  bigint('id'),
  text('connection'),
  text('stream'),
  text('source_id'),
  text('entity'),
  text('minted_id'),
  text('canonical_id'),
];
const OBSERVED = [
  bigint('id'),
  text('connection'),
  text('stream'),
  text('source_id'),
  text('hash'),
  bigint('read_started_at'),
  bigint('seen_at'),
  { name: 'deleted', type: 'integer' as const },
  text('mapped'),
];

/** An id that was merged into another one. */
export async function addAlias(store: Store, entity: string, id: string, survivor: string): Promise<void> {
  await store.write((tx) => tx.insert('canonical_id', CANONICAL, [[id, entity, 0, survivor, 1, 'alias']]));
}

export async function setFreshThrough(store: Store, connection: string, stream: string, at: number): Promise<void> {
  const columns = [
    text('connection'),
    text('stream'),
    text('phase'),
    bigint('epoch'),
    bigint('fresh_through'),
    bigint('records'),
    bigint('updated_at'),
  ];
  await store.write((tx) =>
    tx.upsert('stream_state', columns, [[connection, stream, 'changes', 1, at, 0, at]], ['connection', 'stream']),
  );
}

function goldenRow(layout: EntityLayout, input: GoldenInput, observed: number): Map<string, SqlValue> {
  const row = new Map<string, SqlValue>([['id', input.id]]);
  const provenance: Record<string, number> = {};
  for (const [name, columns] of layout.fields) {
    const value = input[name];
    if (value === undefined) continue;
    const field = layout.entity.fields.find((one) => one.name === name)!;
    if (field.kind !== 'collection') provenance[ownershipUnit(field)] = observed;
    if (columns.kind === 'reference') row.set(columns.column, value as string);
    else if (columns.kind !== 'value') scalar(row, columns, value);
    else
      for (const [member, laidOut] of columns.members)
        scalar(row, laidOut, (value as Record<string, unknown> | null)?.[member]);
    if (columns.kind === 'enum' && field.kind === 'enum' && columns.text)
      row.set(columns.text, (input[field.textName] as string | undefined) ?? null);
  }
  return row.set('provenance', JSON.stringify(provenance));
}

function scalar(row: Map<string, SqlValue>, columns: ScalarColumns | EnumColumns, value: unknown): void {
  if (value === null || value === undefined) return;
  const codec = columns.kind === 'enum' ? enumCodec(model.enums.get(columns.type)!) : codecOf(columns.type as 'String');
  const parsed = codec.parse(value) as never;
  row.set(columns.exact, codec.toColumn(parsed) as SqlValue);
  if (columns.key !== columns.exact) row.set(columns.key, codec.orderKey(parsed) as SqlValue);
}
