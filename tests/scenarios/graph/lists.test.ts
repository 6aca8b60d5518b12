import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execute, type GraphQLSchema, parse, validate } from 'graphql';
import { buildGraphSchema, Graph } from '#graph';
import type { Store } from '#store';
import { describeEachStore } from '../../systems/postgres/index.ts';
import { type Asked, ask } from './ask.ts';
import { addAlias, addGolden, openFilled } from './golden-rows.ts';

describeEachStore('lists of the graph', (newPlace) => {
  let store: Store;
  let graph: Graph;
  let schema: GraphQLSchema;
  const query = (text: string, variables?: Record<string, unknown>): Promise<Asked> =>
    ask(graph, schema, text, variables);

  beforeAll(async () => {
    store = await openFilled(await newPlace());
    const stages = ['PROSPECTING', 'NEGOTIATION', 'WON', null];
    await addGolden(
      store,
      'Customer',
      Array.from({ length: 12 }, (_, n) => ({
        id: `c${String(n).padStart(2, '0')}`,
        number: `N${n}`,
        name: n === 3 ? 'Müller & Söhne' : n === 4 ? null : `Customer ${n % 5}`,
        isBlocked: n % 2 === 0,
        creditLimit: n % 4 === 0 ? null : { amount: String(n * 1000), currency: n % 2 ? 'EUR' : 'USD' },
        createdAt: `2026-01-${String(n + 1).padStart(2, '0')}T00:00:00.000Z`,
      })),
    );
    await addGolden(
      store,
      'Opportunity',
      Array.from({ length: 24 }, (_, n) => ({
        id: `o${String(n).padStart(2, '0')}`,
        name: `Opportunity ${n}`,
        stage: stages[n % 4],
        ...(n % 4 === 3 && { stageText: 'ZZ' }),
        customer: n === 23 ? 'c99' : n === 22 ? null : `c${String(n % 6).padStart(2, '0')}`,
        closesOn: n % 3 === 0 ? null : `2026-02-${String((n % 9) + 1).padStart(2, '0')}`,
        amount: { amount: `${n * 10}.50`, currency: 'EUR' },
      })),
      { connection: 'crm', stream: 'Opportunity' },
    );
    await addAlias(store, 'Customer', 'c50', 'c01');
    graph = new Graph({ store, limits: { maxPageSize: 1000 } });
    schema = buildGraphSchema(graph);
  });
  afterAll(() => store.close());

  test('a page with its relations is one statement a level, the count one more', async () => {
    const { data, statements } = await query(`{
      customers(first: 6) { totalCount edges { node { id name
        opportunities(first: 2, orderBy: [{ amount: { amount: DESC } }]) { nodes { name customer { name } } }
        again: opportunities(last: 1) { nodes { id } } } } }
    }`);
    expect(statements).toBe(5);
    expect(data.customers.totalCount).toBe(12);
    expect(data.customers.edges[1].node).toEqual({
      id: 'c01',
      name: 'Customer 1',
      opportunities: {
        nodes: [
          { name: 'Opportunity 19', customer: { name: 'Customer 1' } },
          { name: 'Opportunity 13', customer: { name: 'Customer 1' } },
        ],
      },
      again: { nodes: [{ id: 'o19' }] },
    });
  });

  test('only the count is asked: only it is read', async () => {
    const { data, statements } = await query('{ customers(first: 5) { totalCount } }');
    expect([data.customers.totalCount, statements]).toEqual([12, 1]);
  });

  const ids = async (filter: string) => {
    const { data, errors } = await query(`{ customers(filter: ${filter}) { nodes { id } } }`);
    expect(errors).toEqual([]);
    return data.customers.nodes.map(({ id }: { id: string }) => Number(id.slice(1)));
  };
  const all = Array.from({ length: 12 }, (_, n) => n);

  test.each<[string, readonly number[]]>([
    ['{}', all],
    ['{ and: [] }', all],
    ['{ or: [] }', []],
    ['{ id: { in: [] } }', []],
    ['{ not: { or: [] } }', all],
    ['{ name: { eq: "MULLER & SOHNE" } }', [3]],
    ['{ name: { startsWith: "mü" } }', [3]],
    ['{ name: { contains: "& s" } }', [3]],
    ['{ name: { contains: "%" } }', []],
    ['{ name: { isNull: true } }', [4]],
    ['{ name: { ne: "Customer 0" } }', [1, 2, 3, 4, 6, 7, 8, 9, 11]],
    ['{ not: { name: { eq: "Customer 0" } } }', [1, 2, 3, 4, 6, 7, 8, 9, 11]],
    ['{ creditLimit: { amount: { gte: "9000" } } }', [9, 10, 11]],
    ['{ creditLimit: { amount: { gte: 9000, lt: 11000.0 }, currency: { eq: "eur" } } }', [9]],
    ['{ creditLimit: { isNull: true } }', [0, 4, 8]],
    ['{ creditLimit: { isNull: false }, isBlocked: { eq: true } }', [2, 6, 10]],
    ['{ createdAt: { gt: "2026-01-11T00:00:00Z" } }', [11]],
    ['{ id: { eq: "c50" } }', [1]],
    ['{ id: { in: ["c50", "c02", "nobody"] } }', [1, 2]],
    ['{ opportunities: { some: { stage: { eq: NEGOTIATION } } } }', [1, 3, 5]],
    ['{ opportunities: { none: {} } }', [6, 7, 8, 9, 10, 11]],
    ['{ opportunities: { every: { stage: { in: [NEGOTIATION, WON] } } }, id: { in: ["c01", "c07"] } }', [7]],
    ['{ or: [{ number: { eq: "N2" } }, { number: { in: ["N5", "N6"] } }] }', [2, 5, 6]],
  ])('filter %s', async (filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });

  test('a filter through a to-one relation sees a missing one as all null', async () => {
    const names = async (filter: string) => {
      const { data } = await query(`{ opportunities(filter: ${filter}, last: 4) { nodes { id } } }`);
      return data.opportunities.nodes.map(({ id }: { id: string }) => id);
    };
    expect(await names('{ customer: { name: { eq: "customer 1" } } }')).toEqual(['o01', 'o07', 'o13', 'o19']);
    expect(await names('{ customer: { name: { isNull: true } } }')).toEqual(['o10', 'o16', 'o22', 'o23']);
    expect(await names('{ customer: { id: { isNull: true } } }')).toEqual(['o22']);
    expect(await names('{ customer: { id: { eq: "c50" } } }')).toEqual(['o01', 'o07', 'o13', 'o19']);
    expect(await names('{ stageText: { eq: "ZZ" }, stage: { isNull: true } }')).toEqual(['o11', 'o15', 'o19', 'o23']);
    expect(await names('{ stage: { gt: NEGOTIATION } }')).toEqual(['o10', 'o14', 'o18', 'o22']);
  });

  describe('pages', () => {
    const orders = [
      '[]',
      '[{ id: DESC }]',
      '[{ closesOn: ASC }]',
      '[{ closesOn: DESC }]',
      '[{ stage: ASC }, { closesOn: DESC }]',
      '[{ stage: DESC }, { closesOn: DESC }, { amount: { amount: ASC } }]',
      '[{ customer: { name: ASC } }, { closesOn: ASC }]',
      '[{ customer: { name: DESC } }]',
      '[{ customer: { creditLimit: { amount: DESC } } }, { name: ASC }]',
    ];
    const page = async (orderBy: string, args: string) => {
      const { data, errors } = await query(
        `{ opportunities(orderBy: ${orderBy}, ${args}) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      );
      expect(errors).toEqual([]);
      return data.opportunities;
    };
    const idsOf = (connection: { edges: { node: { id: string } }[] }) => connection.edges.map(({ node }) => node.id);

    test.each(orders)('forwards and backwards by %s no row is skipped or repeated', async (orderBy) => {
      const whole = await page(orderBy, 'first: 100');
      expect(whole.edges).toHaveLength(24);
      expect(whole.pageInfo.hasNextPage).toBe(false);
      const forward: string[] = [];
      for (let after = '', more = true; more; ) {
        const one = await page(orderBy, `first: 5${after}`);
        forward.push(...idsOf(one));
        more = one.pageInfo.hasNextPage;
        after = `, after: "${one.pageInfo.endCursor}"`;
      }
      expect(forward).toEqual(idsOf(whole));
      const backward: string[] = [];
      for (let before = '', more = true; more; ) {
        const one = await page(orderBy, `last: 7${before}`);
        backward.unshift(...idsOf(one));
        more = one.pageInfo.hasPreviousPage;
        before = `, before: "${one.pageInfo.startCursor}"`;
      }
      expect(backward).toEqual(idsOf(whole));
      const [second, , , , sixth] = whole.edges.slice(1);
      const between = await page(orderBy, `first: 10, after: "${second.cursor}", before: "${sixth.cursor}"`);
      expect(idsOf(between)).toEqual(idsOf(whole).slice(2, 5));
    });

    test('nested pages go on where they ended', async () => {
      const nested = async (args: string) => {
        const { data } = await query(
          `{ customer(id: "c01") { opportunities(orderBy: [{ closesOn: DESC }], ${args}) { nodes { id } pageInfo { endCursor hasNextPage } } } }`,
        );
        return data.customer.opportunities;
      };
      const whole = await nested('first: 10');
      const one = await nested('first: 2');
      const two = await nested(`first: 2, after: "${one.pageInfo.endCursor}"`);
      expect([...one.nodes, ...two.nodes]).toEqual(whole.nodes);
      expect([one.pageInfo.hasNextPage, two.pageInfo.hasNextPage]).toEqual([true, false]);
    });
  });

  test('rows that come and go between two pages neither hide nor repeat the others', async () => {
    const read = async (after: string) => {
      const { data } = await query(
        `{ contacts(first: 3, orderBy: [{ name: ASC }]${after}) { nodes { id } pageInfo { endCursor } } }`,
      );
      return data.contacts;
    };
    const add = (...names: string[]) =>
      addGolden(
        store,
        'Contact',
        names.map((name) => ({ id: `p${name}`, name })),
      );
    await add('B', 'D', 'F', 'H', 'J');
    const one = await read('');
    await add('A', 'E', 'G');
    await store.write((tx) => tx.run("delete from golden_contact where id = 'pF'"));
    const two = await read(`, after: "${one.pageInfo.endCursor}"`);
    expect([...one.nodes, ...two.nodes].map(({ id }) => id)).toEqual(['pB', 'pD', 'pF', 'pG', 'pH', 'pJ']);
  });

  test('null is the smallest value', async () => {
    const { data } = await query(
      '{ customers(orderBy: [{ creditLimit: { amount: ASC } }], first: 4) { nodes { id creditLimit { amount } } } }',
    );
    expect(data.customers.nodes.map(({ id }: { id: string }) => id)).toEqual(['c00', 'c04', 'c08', 'c01']);
  });

  test('a stub is an object of id and nothing else, and is in no list', async () => {
    const { data, errors } = await query(`{
      opportunity(id: "o23") { customer { id name creditLimit { amount } provenance { field } opportunities { nodes { id } } } }
      customer(id: "c99") { id } node(id: "nobody") { id } customers(filter: { id: { eq: "c99" } }) { totalCount }
    }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({
      opportunity: {
        customer: {
          id: 'c99',
          name: null,
          creditLimit: null,
          provenance: [],
          opportunities: { nodes: [{ id: 'o23' }] },
        },
      },
      customer: null,
      node: null,
      customers: { totalCount: 0 },
    });
  });

  test('one object by alias, by source key and as a node, with provenance', async () => {
    const { data } = await query(`{
      customer(id: "c50") { id }
      customerBySource(connection: "erp", stream: "Customer", sourceId: "S-c02") { id
        provenance(fields: [name, address, creditLimit]) { field connection stream sourceId observedAt } }
      node(id: "c50") { __typename id ... on Customer { name } ... on Folder { path } }
      other: node(id: "o00") { __typename ... on Node { id } ... on Opportunity { stage amount { amount currency } } }
    }`);
    expect(data).toEqual({
      customer: { id: 'c01' },
      customerBySource: {
        id: 'c02',
        provenance: ['name', 'creditLimit'].map((field) => ({
          field,
          connection: 'erp',
          stream: 'Customer',
          sourceId: 'S-c02',
          observedAt: '2023-11-14T22:13:20.000Z',
        })),
      },
      node: { __typename: 'Customer', id: 'c01', name: 'Customer 1' },
      other: {
        __typename: 'Opportunity',
        id: 'o00',
        stage: 'PROSPECTING',
        amount: { amount: '0.50', currency: 'EUR' },
      },
    });
  });

  test('a thousand ids are one statement', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => `c${n}`);
    const { data, statements } = await query(
      'query ($ids: [ID!]) { customers(first: 1000, filter: { id: { in: $ids } }) { nodes { id } } }',
      { ids: [...many, 'c03'] },
    );
    expect([data.customers.nodes.map(({ id }: { id: string }) => id), statements]).toEqual([
      ['c01', 'c03', 'c10', 'c11'],
      1,
    ]);
  });

  test('graphql-js gives the same over the same readers, in as many levels', async () => {
    const document = parse(`{ customers(first: 6) { totalCount edges { cursor node { id
      opportunities(first: 2) { nodes { name customer { name } } pageInfo { hasNextPage } } provenance { field } } } } }`);
    expect(validate(schema, document)).toEqual([]);
    const before = store.reader.statements;
    const result = await execute({ schema, document, contextValue: {} });
    // Each level also reads where its rows come from; freshness is read once.
    expect(store.reader.statements - before).toBeLessThanOrEqual(8);
    const ours = await ask(graph, schema, document.loc!.source.body);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual(ours.data);
  });
});
