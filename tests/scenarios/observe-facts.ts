import fc from 'fast-check';
import type { Mapped } from '#model';
import type { Store } from '#store';
import type { Loose, World } from './observe-world.ts';

/** What one read of one source record told. Reads of a record are numbered in the order in which they happened. */
export interface Fact {
  readonly connection: string;
  readonly stream: string;
  readonly key: string;
  readonly read: number;
  readonly createdAt?: number;
  /** Absent: deleted. */
  readonly mapped?: Loose;
}

export interface History {
  /** In the order in which things happened. */
  readonly facts: readonly Fact[];
  /** The same in an order of arrival. */
  readonly arrival: readonly Fact[];
}

const text = fc.constantFrom('a', 'b', null);
const partnerKey = fc.constantFrom('1', '2', '3');
const claims = fc.subarray(['1', '2', '3'], { maxLength: 2 });

const partner = fc.record({ name: text, number: text, city: text, street: text }, { requiredKeys: [] });
const partnerValue = partner.map((values): Loose => ({ entity: 'Customer', values }));
const accountValue = fc.tuple(fc.record({ name: text, manager: text, city: text }, { requiredKeys: [] }), claims).map(
  ([values, keys]): Loose => ({
    entity: 'Customer',
    values,
    alsoKnownAs: keys.map((key) => ({ connection: 'erp', stream: 'partner', key })),
  }),
);
const orderValue = fc
  .tuple(fc.record({ note: text }, { requiredKeys: [] }), fc.option(partnerKey), fc.subarray(['10', '20', '30']), text)
  .map(
    ([values, customer, items, description]): Loose => ({
      entity: 'SalesOrder',
      values: { ...values, customer: customer && { connection: 'erp', stream: 'partner', key: customer } },
      parts: { SalesOrderLine: { extent: 'complete', items: items.map((key) => ({ key, values: { description } })) } },
    }),
  );

function facts(connection: string, stream: string, key: string, value: fc.Arbitrary<Loose>): fc.Arbitrary<Fact[]> {
  const state = fc.record({
    mapped: fc.option(value, { freq: 5, nil: undefined }),
    isAnother: fc.nat({ max: 6 }).map((number) => number === 0),
  });
  return fc.array(state, { maxLength: 4 }).map((states) => {
    let createdAt = 1;
    return states.map(({ mapped, isAnother }, index): Fact => {
      if (isAnother) createdAt += 1;
      return { connection, stream, key, read: index + 1, createdAt, ...(mapped && { mapped }) };
    });
  });
}

/** Facts about a few customers, accounts that claim to be them, and orders that refer to them, in any arrival. */
export const history: fc.Arbitrary<History> = fc
  .tuple(
    ...['1', '2', '3'].map((key) => facts('erp', 'partner', key, partnerValue)),
    ...['A', 'B', 'C'].map((key) => facts('crm', 'account', key, accountValue)),
    ...['N'].map((key) => facts('crm', 'note', key, accountValue)),
    ...['o', 'p'].map((key) => facts('erp', 'order', key, orderValue)),
  )
  .map((lists) => lists.flat())
  .chain((all) =>
    fc.record({
      facts: fc.constant(all.toSorted((left, right) => left.read - right.read)),
      arrival: fc
        .tuple(fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }), fc.subarray(all))
        .map(([shuffled, again]) => [...shuffled, ...again]),
    }),
  );

/** Observes facts under keys of their own, so that many histories fit one store. */
export async function observeFacts(world: World, prefix: string, arrival: readonly Fact[]): Promise<void> {
  for (const fact of arrival) await observeFact(world, prefix, fact);
}

export async function observeFact(world: World, prefix: string, fact: Fact): Promise<void> {
  const { connection, stream, key, read, createdAt, mapped } = fact;
  const isOrdered = stream !== 'note';
  await world.golden.observe({
    connection,
    stream,
    startedAt: 1000 + read,
    through: 'capture',
    records: [
      {
        key: prefix + key,
        ...(isOrdered && { version: read }),
        ...(createdAt !== undefined && { createdAt }),
        ...(mapped ? { mapped: [prefixed(prefix, mapped)] } : { deleted: true, mapped: [] }),
      },
    ],
  });
}

function prefixed(prefix: string, mapped: Loose): Mapped {
  const named = (ref: { readonly key: string } | null) => ref && { ...ref, key: prefix + ref.key };
  const customer = mapped.values.customer as { readonly key: string } | null | undefined;
  return {
    ...mapped,
    values: customer === undefined ? mapped.values : { ...mapped.values, customer: named(customer) },
    ...(mapped.alsoKnownAs && { alsoKnownAs: mapped.alsoKnownAs.map(named) }),
  } as unknown as Mapped;
}

const LEFT_OUT = new Set(['sequence', 'hub_changed_at', 'provenance']);

/** The golden state of one prefix, with canonical ids written as the source keys that they stand for. */
export async function goldenState(store: Store, prefix: string): Promise<readonly Record<string, unknown>[]> {
  const keys = await store.reader.all(
    'select canonical_id, connection, stream, source_id, entity from identity_key order by connection, stream, source_id, entity',
  );
  const names = new Map<string, string>();
  for (const [id, connection, stream, sourceId, entity] of keys) {
    if (!String(sourceId).startsWith(prefix)) continue;
    const name = `${entity}:${connection}.${stream}.${String(sourceId).slice(prefix.length)}`;
    names.set(String(id), names.has(String(id)) ? `${names.get(String(id))} ${name}` : name);
  }
  const records = await store.reader.all('select id, connection, stream, source_id from observed_record');
  const recordNames = new Map(
    records.map(([id, connection, stream, sourceId]) => [
      Number(id),
      `${connection}.${stream}.${String(sourceId).slice(prefix.length)}`,
    ]),
  );
  const state: Record<string, unknown>[] = [];
  for (const layout of store.layout.entities.values()) {
    const columns = layout.columns.map(({ name }) => name);
    const references = new Set(
      [...layout.fields.values()].flatMap((field) => (field.kind === 'reference' ? [field.column] : [])),
    );
    for (const row of await store.reader.all(
      `select ${columns.map((name) => `"${name}"`).join(', ')} from "${layout.table}"`,
    )) {
      const name = names.get(String(row[0]));
      if (name === undefined) continue;
      const values = columns.flatMap((column, index): [string, unknown][] => {
        const value = row[index] ?? null;
        if (column === 'provenance') {
          const owners = Object.entries(JSON.parse(String(value)) as Record<string, number>);
          return [[column, Object.fromEntries(owners.map(([unit, id]) => [unit, recordNames.get(id)]).toSorted())]];
        }
        if (LEFT_OUT.has(column)) return [];
        return [
          [column, column === 'id' || (references.has(column) && value !== null) ? names.get(String(value)) : value],
        ];
      });
      state.push({ table: layout.table, ...Object.fromEntries(values) });
    }
  }
  return state.toSorted((left, right) => (`${left.table} ${left.id}` < `${right.table} ${right.id}` ? -1 : 1));
}
