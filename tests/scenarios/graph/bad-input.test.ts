import { ApolloServer, HeaderMap } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLObjectType, GraphQLSchema, GraphQLString, getIntrospectionQuery } from 'graphql';
import { buildGraphSchema, Graph, graphServerOptions, mergeGraphs } from '#graph';
import type { Store } from '#store';
import { sqlitePlaces } from '../../systems/postgres/index.ts';
import { addGolden, openFilled } from './golden-rows.ts';

const newPlace = sqlitePlaces();
let store: Store;
let apollo: ApolloServer;
const seen: unknown[] = [];

beforeAll(async () => {
  store = await openFilled(await newPlace());
  await addGolden(
    store,
    'Customer',
    Array.from({ length: 5 }, (_, n) => ({ id: `c${n}`, name: `Customer ${n}` })),
  );
  const graph = new Graph({
    store,
    limits: { maxDepth: 8, maxAliases: 5, maxTokens: 300, maxPageSize: 100, maxCost: 2000 },
  });
  const control = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        hubName: { type: GraphQLString, resolve: () => 'demo' },
        hubBroken: {
          type: GraphQLString,
          resolve: () => {
            throw new Error('secret words of a database');
          },
        },
      },
    }),
  });
  const schema = mergeGraphs(buildGraphSchema(graph), control);
  apollo = new ApolloServer({
    schema,
    introspection: true,
    ...graphServerOptions(graph, (error) => seen.push(error)),
  });
  await apollo.start();
});
afterAll(async () => {
  await apollo.stop();
  await store.close();
});

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever they asked for
  readonly body: any;
}

async function post(query: string, variables?: unknown): Promise<Reply> {
  const reply = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap([['content-type', 'application/json']]),
      search: '',
      body: { query, ...(variables !== undefined && { variables }) },
    },
    context: async () => ({}),
  });
  if (reply.body.kind !== 'complete') throw new Error('not complete');
  return { status: reply.status ?? 200, body: JSON.parse(reply.body.string) };
}

const deep = (levels: number): string =>
  levels === 0 ? 'id' : `customer { opportunities { nodes { ${deep(levels - 1)} } } }`;

describe('refused with a code before anything is read', () => {
  test.each<[string, string, unknown, string, RegExp]>([
    ['depth', `{ opportunities { nodes { ${deep(3)} } } }`, {}, 'QUERY_TOO_DEEP', /fields deep; at most 8/],
    [
      'aliases',
      `{ ${'abcdef'.split('').map((name) => `${name}: customers { totalCount }`)} }`,
      {},
      'TOO_MANY_ALIASES',
      /6 aliases; at most 5/,
    ],
    [
      'aliases in fragments',
      '{ ...A ...B } fragment A on Query { a: node(id: 1) { id } ...B } fragment B on Query { b: node(id: 1) { id } c: node(id: 1) { id } }',
      {},
      'OK',
      /./,
    ],
    [
      'page size as a literal',
      '{ customers(first: 101) { totalCount } }',
      {},
      'PAGE_TOO_LARGE',
      /101 rows is too large; ask for at most 100/,
    ],
    [
      'page size as a variable',
      'query ($n: Int) { customers(first: $n) { totalCount } }',
      { n: 101 },
      'PAGE_TOO_LARGE',
      /at most 100/,
    ],
    [
      'page size of a mixed document',
      'query ($n: Int) { hubName customers(first: $n) { totalCount } }',
      { n: 101 },
      'PAGE_TOO_LARGE',
      /at most 100/,
    ],
    [
      'cost on variables',
      'query ($n: Int) { customers(first: $n) { nodes { opportunities(first: $n) { nodes { id } } } } }',
      { n: 50 },
      'QUERY_TOO_COSTLY',
      /at most 2000 are allowed/,
    ],
    [
      'a variable of the wrong type',
      'query ($n: Int) { customers(first: $n) { totalCount } }',
      { n: 'many' },
      'BAD_USER_INPUT',
      /Variable "\$n"/,
    ],
    [
      'an invalid decimal in a variable',
      'query ($a: Decimal) { customers(filter: { creditLimit: { amount: { eq: $a } } }) { totalCount } }',
      { a: '12,5' },
      'BAD_USER_INPUT',
      /Decimal/,
    ],
    [
      'a float in a variable',
      'query ($a: Decimal) { customers(filter: { creditLimit: { amount: { eq: $a } } }) { totalCount } }',
      { a: 12.5 },
      'BAD_USER_INPUT',
      /given as a string or a whole number/,
    ],
    [
      'an invalid decimal',
      '{ customers(filter: { creditLimit: { amount: { eq: "ten" } } }) { totalCount } }',
      {},
      'BAD_USER_INPUT',
      /Decimal/,
    ],
    [
      'an unknown enum value',
      '{ opportunities(filter: { stage: { eq: SOON } }) { totalCount } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
      /"SOON" does not exist in "OpportunityStage"/,
    ],
    [
      'an unknown filter field',
      '{ customers(filter: { shoeSize: { eq: 1 } }) { totalCount } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
      /"shoeSize" is not defined/,
    ],
    [
      'two keys in one order',
      '{ customers(orderBy: [{ name: ASC, number: ASC }]) { totalCount } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
      /exactly one key/i,
    ],
    [
      'introspection too deep',
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
      /introspection depth/,
    ],
  ])('%s', async (_name, query, variables, code, message) => {
    const { status, body } = await post(query, variables);
    if (code === 'OK') return expect(body.errors).toBeUndefined();
    expect(body.data).toBeUndefined();
    expect(body.errors[0].extensions.code).toBe(code);
    expect(body.errors[0].message).toMatch(message);
    return expect(status).toBe(400);
  });

  test('tokens', async () => {
    const { status, body } = await post(`{ customers { nodes { ${'id '.repeat(300)} } } }`);
    expect([status, body.errors[0].extensions.code]).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    expect(body.errors[0].message).toMatch(/more that 300 tokens/);
  });

  test('fragments that spread each other end', async () => {
    const { body } = await post('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }');
    expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('refused at the field, with its path', () => {
  const other = Buffer.from('["00000000000","x"]').toString('base64url');
  test.each<[string, string, string, RegExp]>([
    ['a malformed cursor', '{ customers(after: "!!!") { nodes { id } } }', 'BAD_CURSOR', /after: this is no cursor/],
    ['a cursor of another list', `{ customers(after: "${other}") { nodes { id } } }`, 'BAD_CURSOR', /another list/],
    ['first and last', '{ customers(first: 1, last: 1) { nodes { id } } }', 'BAD_USER_INPUT', /give one of them/],
    ['a negative page', '{ customers(first: -1) { nodes { id } } }', 'BAD_USER_INPUT', /0 rows or more/],
    [
      'null as a value',
      '{ customers(filter: { name: { eq: null } }) { nodes { id } } }',
      'BAD_USER_INPUT',
      /filter\.name\.eq: .*use isNull: true/,
    ],
  ])('%s', async (_name, query, code, message) => {
    const { body } = await post(query);
    expect(body.data).toBeNull();
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]).toMatchObject({ path: ['customers'], extensions: { code } });
    expect(body.errors[0].message).toMatch(message);
    const mixed = await post(query.replace('{', '{ hubName '));
    expect(mixed.body.errors[0]).toMatchObject({ ...body.errors[0], locations: expect.anything() });
  });

  test('a list below is null up to the next object that may be', async () => {
    const query =
      '{ ok: customers { totalCount } customer(id: "c1") { name orders: salesOrders(after: "x") { nodes { id } } } }';
    const { body } = await post(query);
    expect(body.data).toEqual({ ok: { totalCount: 5 }, customer: null });
    expect(body.errors[0].path).toEqual(['customer', 'orders']);
  });
});

test('an unknown id is null without an error', async () => {
  const { body } = await post('{ customer(id: "nobody") { name } node(id: "no\\u0000body") { id } }');
  expect(body).toEqual({ data: { customer: null, node: null } });
});

test('introspection, control and mixed documents are answered by graphql-js', async () => {
  expect((await post(getIntrospectionQuery())).body.data.__schema.queryType.name).toBe('Query');
  const { body } = await post('{ hubName customers(first: 1) { nodes { id name } } }');
  expect(body).toEqual({ data: { hubName: 'demo', customers: { nodes: [{ id: 'c0', name: 'Customer 0' }] } } });
});

test('errors of both paths are shown by one function, without another one’s words', async () => {
  seen.length = 0;
  const control = await post('{ hubBroken }');
  const broken = { message: 'The hub failed to answer; see its log.', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  expect(control.body.errors).toEqual([{ ...broken, path: ['hubBroken'], locations: expect.anything() }]);
  await store.write((tx) => tx.run('ALTER TABLE golden_warehouse RENAME TO hidden'));
  const business = await post('{ warehouse(id: "w") { id } }');
  const mixed = await post('{ hubName warehouse(id: "w") { id } }');
  expect(business.body).toEqual({
    errors: [{ ...broken, path: ['warehouse'], locations: [{ line: 1, column: 3 }] }],
    data: { warehouse: null },
  });
  expect(mixed.body.errors).toEqual([{ ...broken, path: ['warehouse'], locations: [{ line: 1, column: 11 }] }]);
  expect(seen).toHaveLength(3);
  expect(String(seen[1])).toContain('no such table');
});
