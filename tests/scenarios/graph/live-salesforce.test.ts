import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GraphQLSchema } from 'graphql';
import { salesforce } from 'isthmus/connectors/salesforce';
import { type Connections, openConnections } from '#connections';
import { type Golden, openGolden, ownershipTable } from '#golden';
import { buildGraphSchema, Graph, graphServerOptions } from '#graph';
import type { Page } from '#sdk';
import { createContentLinks, startHttpServer } from '#server';
import type { Store } from '#store';
import { type SalesforceSandbox, startSalesforce } from '../../../connectors/salesforce/sandbox/start.ts';
import { createLiveReader } from '../../../src/app/live-adapter.ts';
import { sqlitePlaces } from '../../systems/postgres/index.ts';
import { ask } from './ask.ts';
import { model, openFilled } from './golden-rows.ts';

const newPlace = sqlitePlaces();
let sandbox: SalesforceSandbox;
let connections: Connections;
let store: Store;
let golden: Golden;
let graph: Graph;
let schema: GraphQLSchema;
const handed: string[] = [];

beforeAll(async () => {
  sandbox = await startSalesforce();
  const { clientId, clientSecret } = sandbox.ready;
  connections = openConnections({
    crm: salesforce({
      url: sandbox.url,
      auth: { kind: 'client-credentials', clientId, clientSecret },
      currency: 'EUR',
    } as never),
  });
  store = await openFilled(await newPlace());
  const named = connections.all.map(({ name, manifest }) => ({ name, manifest }));
  golden = await openGolden({ store, connections: named, normalizeKey: connections.normalizeKey });
  for (const stream of ['account', 'opportunity']) await snapshot(stream);
  graph = new Graph({
    store,
    ownership: ownershipTable(model, named, undefined),
    normalizeKey: connections.normalizeKey,
    live: createLiveReader(connections, (records) => handed.push(...records.map(({ record }) => record.key))),
  });
  schema = buildGraphSchema(graph);
}, 60_000);
afterAll(async () => {
  await connections.close();
  await store.close();
  await sandbox.stop().catch(() => {});
});

async function snapshot(name: string): Promise<void> {
  const connection = connections.get('crm');
  const stream = connection.stream(name);
  let page: string | undefined;
  do {
    const from = page;
    const { value, startedAt } = await connection.call<Page>({ priority: 'background' }, (http) =>
      stream.abilities.snapshot!({ page: from, select: stream.select }, http),
    );
    const records = value.records.map((record) => ({
      key: stream.normalizeKey(record.key),
      mapped: stream.map(record),
      version: record.changedAt,
      createdAt: record.createdAt,
    }));
    await golden.observe({ connection: 'crm', stream: name, records, startedAt, through: 'capture' });
    page = value.next;
  } while (page !== undefined);
}

const LIST = `query @maxStaleness(seconds: 0) {
  customers(first: 20, filter: { opportunities: { some: {} } }) { nodes { id name phone
    opportunities(first: 3) { nodes { id name stage amount { amount } provenance(fields: [name]) { sourceId staleness } } } } }
}`;

test('a list is refreshed by one call a level; what was read in part is not handed on', async () => {
  const first = await ask(graph, schema, LIST.replace('@maxStaleness(seconds: 0)', ''));
  const [customer] = first.data.customers.nodes;
  const { sourceId } = customer.opportunities.nodes[0].provenance[0];
  sandbox.writes.update(sandbox.object('Opportunity'), sourceId, { Name: 'Renamed in the CRM' });
  sandbox.journal.reset();
  handed.length = 0;
  const live = await ask(graph, schema, LIST);
  expect(live.errors).toEqual([]);
  expect(live.report?.degraded).toBeUndefined();
  expect(live.data.customers.nodes).toHaveLength(20);
  expect(live.data.customers.nodes[0].opportunities.nodes[0]).toMatchObject({
    id: customer.opportunities.nodes[0].id,
    name: 'Renamed in the CRM',
    provenance: [{ staleness: 0 }],
  });
  expect(sandbox.journal.entries().filter(({ url }) => !url.includes('oauth2')).length).toBeLessThanOrEqual(2);
  expect(handed).toEqual([]);
});

test('when the system is down the last observed values are served, without errors', async () => {
  await sandbox.stop();
  const { data, errors, report } = await ask(graph, schema, LIST);
  expect(errors).toEqual([]);
  expect(data.customers.nodes).toHaveLength(20);
  expect(report?.degraded?.map(({ connection }) => connection)).toEqual(expect.arrayContaining(['crm']));
  expect(report?.degraded?.[0]?.paths[0]).toEqual(['customers', 'nodes', 0, 'name']);
});

test('a client with its default error policy keeps the data of a degraded answer', async () => {
  const apollo = new ApolloServer({ schema, ...graphServerOptions(graph) });
  await apollo.start();
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    maxBodyBytes: 100_000,
    apollo,
    links: createContentLinks(),
    queries: [],
    notReady: () => undefined,
    readContent: () => Promise.reject(new Error('No content here.')),
  });
  const client = new ApolloClient({
    link: new HttpLink({ uri: `${server.url}/graphql` }),
    cache: new InMemoryCache(),
  });
  try {
    const { data, error } = await client.query<{ customers: { nodes: { name: string }[] } }>({
      query: gql`query @maxStaleness(seconds: 0) { customers(first: 2) { nodes { id name } } }`,
    });
    expect(error).toBeUndefined();
    expect(data?.customers.nodes).toHaveLength(2);
    expect(data?.customers.nodes[0]?.name).toEqual(expect.any(String));
  } finally {
    client.stop();
    await server.close();
    await apollo.stop();
  }
});
