import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { buildGraphSchema, Graph } from '#graph';
import { compileChangeFilter, idsNamedBy, KeyedValues } from '../../src/graph/change-filter.ts';
import { describeEachStore } from '../systems/postgres/index.ts';
import { ask } from './graph/ask.ts';
import { openWorld, type World } from './observe-world.ts';

jest.setTimeout(120_000);

const TEXTS = [
  ...['', ' ', 'Ada', 'ada', 'Ádá', 'Ａda', 'Müller', 'MULLER', 'muller ltd', 'ß', 'ss', 'Æsir', 'aesir', 'が'],
  ...['か\u3099', 'a%b', 'a_b', '\\', "'", '\ue000', '\uffee', '😀', '𝒜da', 'x\u0000y', 'z', 'Øre', '\u{10fffd}'],
  'x'.repeat(2100),
];
const DECIMALS = ['0', '-0.0', '1', '1.0', '1.50', '-3', '-30', '10', '9', '0.001', '123456789012345678901234567890.5'];
const MOMENTS = ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05.001Z', '1969-12-31T23:59:59.999Z'];
const STAGES = ['OPEN', 'WON', 'LOST'];

type Filter = Readonly<Record<string, unknown>>;

const operators = (value: fc.Arbitrary<unknown>, kind: 'text' | 'ordered' | 'equal') => {
  const names = ['eq', 'ne', ...(kind === 'equal' ? [] : ['lt', 'lte', 'gt', 'gte'])];
  return fc
    .dictionary(
      fc.constantFrom(...names, 'in', 'isNull', ...(kind === 'text' ? ['contains', 'startsWith'] : [])),
      value,
      { minKeys: 1, maxKeys: 2 },
    )
    .chain((chosen) =>
      fc.tuple(fc.array(value, { maxLength: 3 }), fc.boolean()).map(([some, isNull]) => ({
        ...chosen,
        ...('in' in chosen && { in: some }),
        ...('isNull' in chosen && { isNull }),
      })),
    );
};

const text = operators(fc.constantFrom(...TEXTS), 'text');
const stage = operators(fc.constantFrom(...STAGES), 'ordered');
const decimal = operators(fc.constantFrom(...DECIMALS), 'ordered');

function filters(ids: readonly string[]): {
  readonly customers: fc.Arbitrary<Filter>;
  readonly orders: fc.Arbitrary<Filter>;
} {
  const id = operators(fc.constantFrom(...ids), 'equal');
  const of = (fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.letrec<{ filter: Filter; field: Filter }>((tie) => ({
      filter: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        tie('field'),
        fc.record({ not: tie('filter') }),
        fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
        fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
      ),
      field: fc.record(fields, { requiredKeys: [] }).map((whole) => {
        const [first] = Object.entries(whole);
        return first ? { [first[0]]: first[1] } : {};
      }),
    })).filter;
  const shuffled = (fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc
      .shuffledSubarray(Object.keys(fields), { minLength: 1 })
      .chain((names) => of(Object.fromEntries(names.map((name) => [name, fields[name]!]))));
  return {
    customers: shuffled({
      id,
      name: text,
      city: text,
      stage,
      stageText: text,
      since: operators(fc.constantFrom(...MOMENTS), 'ordered'),
      isBlocked: operators(fc.boolean(), 'equal'),
      creditLimit: fc.record({ amount: decimal, currency: text, isNull: fc.boolean() }, { requiredKeys: [] }),
    }),
    orders: shuffled({ number: text, total: decimal, customerId: id }),
  };
}

/** As the list's own filter writes it: the id of a relation is asked of the relation. */
function asListFilter(filter: Filter): Filter {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]): [string, unknown] => {
      if (name === 'and' || name === 'or') return [name, (value as Filter[]).map(asListFilter)];
      if (name === 'not') return [name, asListFilter(value as Filter)];
      return name === 'customerId' ? ['customer', { id: value }] : [name, value];
    }),
  );
}

async function fill(world: World): Promise<void> {
  const pick = <T>(from: readonly T[], at: number) =>
    at % (from.length + 1) === from.length ? null : from[at % (from.length + 1)];
  const customers = TEXTS.flatMap((name, at) => [
    {
      key: `${at}`,
      version: 1,
      mapped: [
        {
          entity: 'Customer',
          values: {
            number: `${at}`,
            name,
            city: pick(TEXTS, at * 7),
            stage: pick(STAGES, at),
            ...(at % 4 === 3 && { stageText: name }),
            since: pick(MOMENTS, at),
            isBlocked: pick([true, false], at),
            creditLimit: at % 3 === 0 ? null : { amount: pick(DECIMALS, at) ?? '7', currency: at % 2 ? 'EUR' : 'usd' },
          },
        },
      ],
    },
    { key: `${at}-unknown`, version: 1, mapped: [{ entity: 'Customer', values: { number: `${at}-unknown` } }] },
  ]);
  await world.see('erp', 'partner', ...customers);
  const orders = DECIMALS.map((total, at) => ({
    key: `${at}`,
    version: 1,
    mapped: [
      {
        entity: 'SalesOrder',
        values: {
          number: `${at}`,
          total: at === 3 ? null : total,
          customer: at % 3 === 0 ? null : { connection: 'erp', stream: 'partner', key: `${at}` },
        },
      },
    ],
  }));
  await world.see('erp', 'order', ...orders);
  // One customer is known by another id too.
  await world.see('crm', 'account', {
    key: 'A',
    version: 1,
    mapped: [{ entity: 'Customer', values: { name: 'Ada' } }],
  });
}

describeEachStore('a filter judged in memory', (newPlace) => {
  describe('is the filter of the list', () => {
    test('for any condition on the same values', async () => {
      const world = await openWorld(await newPlace());
      try {
        await fill(world);
        const alias = (await world.id('crm', 'account', 'A')) ?? '';
        const alsoKnownAs = [{ connection: 'erp', stream: 'partner', key: '1' }];
        const merged = { entity: 'Customer', values: { name: 'Ada' }, alsoKnownAs };
        await world.see('crm', 'account', { key: 'A', version: 2, mapped: [merged] });
        const survivor = (await world.id('erp', 'partner', '1')) ?? '';
        const graph = new Graph({ store: world.store });
        const schema = buildGraphSchema(graph);
        const latest = new Map<string, { entity: string; after: Filter | null }>();
        for (const row of await world.changes())
          latest.set(String(row.canonical_id), { entity: String(row.entity), after: row.after as Filter | null });
        const ids = [alias, survivor, 'nobody', ...[...latest.keys()].slice(0, 4)];
        const arbitrary = filters(ids);
        const compare = async (entityName: string, plural: string, filter: Filter) => {
          const entity = graph.model.entities.get(entityName)!;
          const known = new Map([[alias, survivor]]);
          expect(idsNamedBy(entity, filter).every((id) => ids.includes(id))).toBe(true);
          const matches = compileChangeFilter(graph.model, entity, filter, (id) => known.get(id) ?? id);
          const inMemory = [...latest]
            .filter(([, { entity: name, after }]) => name === entityName && after && matches(new KeyedValues(after)))
            .map(([id]) => id);
          const query = `query ($filter: ${entityName}Filter) { ${plural}(filter: $filter, first: 1000) { nodes { id } } }`;
          const { data, errors } = await ask(graph, schema, query, { filter: asListFilter(filter) });
          expect(errors).toEqual([]);
          const inStore = data[plural].nodes.map(({ id }: { id: string }) => id);
          expect(inMemory.sort()).toEqual(inStore.sort());
        };
        await fc.assert(
          fc.asyncProperty(arbitrary.customers, (filter) => compare('Customer', 'customers', filter)),
          { numRuns: 250 },
        );
        await fc.assert(
          fc.asyncProperty(arbitrary.orders, (filter) => compare('SalesOrder', 'salesOrders', filter)),
          { numRuns: 120 },
        );
      } finally {
        await world.close();
      }
    });
  });
});
