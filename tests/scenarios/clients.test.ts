import { join } from 'node:path';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildPackage, ROOT } from '../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../support/demo-systems.ts';
import { type Edits, editsOf } from '../support/edits.ts';
import { type Data, type HubProcess, startHubProcess } from '../support/hub-process.ts';
import { readReadme } from '../support/readme.ts';
import { until } from '../support/until.ts';

// Processes start and stop in these tests, and the machine may have other work.
jest.setTimeout(120_000);

let systems: DemoSystems;
let edits: Edits;
let hub: HubProcess;

/** A hub on the one data folder; with `pace` its seconds between reads of changes and between sweeps. */
async function startHub(pace: number, sweep: number): Promise<HubProcess> {
  const config = join(ROOT, 'tests/support/paced-demo.config.ts');
  const env = { ...systems.env, POLL_EVERY: String(pace), SWEEP_EVERY: String(sweep) };
  const started = await startHubProcess({ config, data: join(systems.folder, 'hub'), env });
  await started.ready();
  return started;
}

const shows = (what: string, query: string, expected: object) =>
  until(what, async () => {
    const data = await hub.ask(query);
    expect(data).toMatchObject(expected);
    return true;
  });

beforeAll(async () => {
  await buildPackage();
  systems = await startDemoSystems();
  edits = editsOf(systems);
  hub = await startHub(0.3, 2);
}, 120_000);

afterAll(async () => {
  await hub?.stop();
  await systems?.stop();
});

/** A customer that all three systems know, each once, and whose CRM account names its ERP number. */
function wellKnownCustomer(skip = 0) {
  const known = [...systems.records.demo.companies()].filter(
    ({ roles, erpView, crmViews, recordsView }) =>
      roles.join() === 'customer' &&
      erpView?.creditLimit &&
      crmViews.length === 1 &&
      crmViews[0]!.erpNumber &&
      recordsView,
  );
  const company = known[skip]!;
  return {
    number: company.erpView!.partnerNumber,
    account: company.crmViews[0]!.id,
    folder: company.recordsView!.folderId,
  };
}

describe('an edit in a system shows in the graph', () => {
  test('of the ERP: an order, a credit limit and a name that nobody else knows', async () => {
    const { number } = wellKnownCustomer();
    const { salesOrders } = await hub.ask('{ salesOrders(first: 1) { edges { node { id number } } } }');
    const order = salesOrders.edges[0].node;
    await edits.erp.update('API_SALES_ORDER_SRV', `A_SalesOrder('${order.number}')`, {
      PurchaseOrderByCustomer: 'PO 4711',
    });
    await edits.erp.update(
      'API_CRDTMBUSINESSPARTNER',
      `CreditManagementAccount(BusinessPartner='${number}',CreditSegment='0000')`,
      { CreditLimitAmount: '123456.78' },
    );
    await shows('the order', `{ salesOrder(id: "${order.id}") { customerReference } }`, {
      salesOrder: { customerReference: 'PO 4711' },
    });
    await shows('the credit limit', customerByPartner(number, 'creditLimit { amount currency }'), {
      customerBySource: { creditLimit: { amount: '123456.78', currency: 'EUR' } },
    });
  });

  test('of the CRM: an account, and an opportunity that comes and goes', async () => {
    const { number, account } = wellKnownCustomer();
    await edits.crm.update('Account', account, { Phone: '+49 40 123456' });
    const id = await edits.crm.create('Opportunity', {
      Name: 'Something new',
      AccountId: account,
      StageName: 'Prospecting',
      CloseDate: '2026-12-31',
    });
    const query = customerByPartner(
      number,
      'phone opportunities(first: 1, filter: { name: { eq: "Something new" } }) { edges { node { stage } } }',
    );
    const stage = (value: string) => ({ opportunities: { edges: [{ node: { stage: value } }] } });
    await shows('the account', query, { customerBySource: { phone: '+49 40 123456', ...stage('PROSPECTING') } });
    await edits.crm.update('Opportunity', id, { StageName: 'Negotiation/Review' });
    await shows('the stage', query, { customerBySource: stage('NEGOTIATION') });
    await edits.crm.remove('Opportunity', id);
    await shows('that it is gone', query, { customerBySource: { opportunities: { edges: [] } } });
  });

  test('of the records system: a document that is filed, renamed and deleted', async () => {
    const { number, folder } = wellKnownCustomer();
    const id = await edits.records.create(
      folder,
      { 'cmis:name': 'minutes.txt', 'cmis:objectTypeId': 'demo:document' },
      'What we agreed.',
    );
    const query = customerByPartner(
      number,
      'documents(first: 1, filter: { name: { startsWith: "minutes" } }) { edges { node { name contentUrl folder { id } } } }',
    );
    const named = (name: string) => ({ customerBySource: { documents: { edges: [{ node: { name } }] } } });
    await shows('the document', query, named('minutes.txt'));
    const { customerBySource } = await hub.ask(query);
    const bytes = await fetch(customerBySource.documents.edges[0].node.contentUrl);
    expect(await bytes.text()).toBe('What we agreed.');
    await edits.records.update(id, { 'cmis:name': 'minutes of May.txt' });
    await shows('the name', query, named('minutes of May.txt'));
    await edits.records.remove(id);
    await shows('that it is gone', query, { customerBySource: { documents: { edges: [] } } });
  });

  test('of the ERP: an order that is deleted leaves with its lines', async () => {
    const query = '{ salesOrders(first: 1, orderBy: [{ number: DESC }]) { totalCount edges { node { id number } } } }';
    const { salesOrders } = await hub.ask(query);
    const { id, number } = salesOrders.edges[0].node;
    await edits.erp.remove('API_SALES_ORDER_SRV', `A_SalesOrder('${number}')`);
    await shows('that the order is gone', `{ salesOrder(id: "${id}") { number } }`, { salesOrder: null });
    await shows('one order less', query, { salesOrders: { totalCount: salesOrders.totalCount - 1 } });
    const lines = `{ salesOrderLines(first: 1, filter: { order: { number: { eq: "${number}" } } }) { totalCount } }`;
    await shows('no lines', lines, { salesOrderLines: { totalCount: 0 } });
  });
});

function customerByPartner(number: string, fields: string): string {
  return `{ customerBySource(connection: "erp", stream: "businessPartner", sourceId: "${number}") { id ${fields} } }`;
}

test('accounts that claim one ERP number are one customer, and part again when the claim goes', async () => {
  const { number } = wellKnownCustomer(1);
  const idOf = async (account: string): Promise<string | undefined> => {
    const source = `connection: "crm", stream: "account", sourceId: "${account}"`;
    return (await hub.ask(`{ customerBySource(${source}) { id } }`)).customerBySource?.id;
  };
  const { customerBySource: owner } = await hub.ask(customerByPartner(number, 'name'));
  const accounts = [
    await edits.crm.create('Account', { Name: 'Twice Ltd', Type: 'Customer' }),
    await edits.crm.create('Account', { Name: 'Twice Limited', Type: 'Customer' }),
  ] as const;
  const ids = await Promise.all(accounts.map((account) => until('the account', () => idOf(account))));
  expect(new Set([owner.id, ...ids]).size).toBe(3);
  const count = async () => (await hub.ask('{ customers(first: 1) { totalCount } }')).customers.totalCount;
  const before = await count();

  for (const account of accounts)
    await edits.crm.update('Account', account, { ERP_Number__c: number.padStart(10, '0') });
  for (const account of accounts) await until('the merge', async () => (await idOf(account)) === owner.id);
  expect(await count()).toBe(before - 2);
  for (const id of ids) expect((await hub.ask(`{ customer(id: "${id}") { id } }`)).customer).toEqual({ id: owner.id });

  await edits.crm.update('Account', accounts[1], { ERP_Number__c: null });
  await until('the split', async () => (await idOf(accounts[1])) === ids[1]);
  expect(await idOf(accounts[0])).toBe(owner.id);
  expect((await hub.ask(`{ customer(id: "${ids[1]}") { name } }`)).customer).toEqual({ name: 'Twice Limited' });
  for (const account of accounts) await edits.crm.remove('Account', account);
  await until('both to be gone', async () => (await count()) === before - 2);
  expect((await hub.ask(customerByPartner(number, 'name'))).customerBySource).toEqual(owner);
});

describe('a hub that hardly ever looks by itself', () => {
  const LEVELS = 2;
  const CUSTOMERS = `{
    customers(first: 5, orderBy: [{ number: ASC }], filter: { creditLimit: { amount: { gt: "0" } } }) { edges { node {
      id number name phone creditLimit { amount }
      opportunities(first: 3) { edges { node { name stage } } }
      documents(first: 3) { edges { node { name } } }
      provenance { field connection observedAt staleness }
    } } }
  }`;
  const FRESH = `query Fresh @maxStaleness(seconds: 0) ${CUSTOMERS}`;

  beforeAll(async () => {
    await hub.stop();
    hub = await startHub(3600, 3600);
    await quiet();
  }, 60_000);

  const calls = () => systems.erp.journal.count() + systems.crm.journal.count() + systems.records.journal.count();

  /** The reads with which a hub begins are over. */
  async function quiet(): Promise<void> {
    let last = -1;
    await until('no more calls', async () => {
      const now = calls();
      const isQuiet = now === last;
      last = now;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return isQuiet;
    });
  }

  /** The systems that answer tell what is; of the one that is down the store tells what was seen last. */
  async function expected(down: string): Promise<Data> {
    const [stored, fresh] = [await hub.ask(`query ${CUSTOMERS}`), await hub.ask(FRESH)];
    const ofSystem: Readonly<Record<string, readonly string[]>> = {
      erp: ['number', 'creditLimit'],
      crm: ['name', 'phone', 'opportunities'],
      records: ['documents'],
    };
    const edges = fresh.customers.edges.map(({ node }: Data, at: number) => {
      const seen = ofSystem[down]!.map((field) => [field, stored.customers.edges[at].node[field]] as const);
      return { node: { ...node, ...Object.fromEntries(seen) } };
    });
    return { customers: { edges } };
  }

  function apollo(): ApolloClient {
    return new ApolloClient({ link: new HttpLink({ uri: `${hub.url}/graphql` }), cache: new InMemoryCache() });
  }

  test('the main query answers to a client of the usual kind', async () => {
    const { data } = await apollo().query<Data>({ query: gql(readReadme().query) });
    expect(data.customers.edges).toHaveLength(5);
    const connections = data.customers.edges.flatMap(({ node }: Data) =>
      node.provenance.map((one: Data) => one.connection),
    );
    expect(new Set(connections)).toEqual(new Set(['erp', 'crm']));
  });

  test('values are the systems’ own the moment they change, when a query asks for it', async () => {
    const { customers } = await hub.ask(FRESH);
    const { number, id } = customers.edges[0].node;
    const account = [...systems.records.demo.companies()].find(({ erpView }) => erpView?.partnerNumber === number)!;
    await edits.erp.update(
      'API_CRDTMBUSINESSPARTNER',
      `CreditManagementAccount(BusinessPartner='${number}',CreditSegment='0000')`,
      { CreditLimitAmount: '777.77' },
    );
    await edits.crm.update('Account', account.crmViews[0]!.id, { Phone: '+1 555 0100' });
    const after = await hub.ask(FRESH);
    const row = after.customers.edges.find(({ node }: Data) => node.id === id).node;
    expect(row).toMatchObject({ creditLimit: { amount: '777.77' }, phone: '+1 555 0100' });
  });

  test('upstream calls are at most connections times levels', async () => {
    await hub.ask(FRESH);
    await quiet();
    const before = calls();
    await hub.ask(FRESH);
    expect(calls() - before).toBeLessThanOrEqual(3 * LEVELS);
    expect(calls() - before).toBeGreaterThanOrEqual(3);
  });

  test.each(['erp', 'crm', 'records'] as const)(
    'while %s is down a client gets whole data and is told',
    async (down) => {
      await hub.ask(FRESH);
      await systems.goDown(down);
      try {
        const { data, error } = await apollo().query<Data>({ query: gql(FRESH) });
        expect(error).toBeUndefined();
        const plain = (all: Data) =>
          all.customers.edges.map(({ node: { provenance: _provenance, ...node } }: Data) => node);
        expect(withoutTypes(plain(data))).toEqual(plain(await expected(down)));
        const { errors, extensions } = await hub.answer(FRESH);
        expect(errors).toBeUndefined();
        const { degraded } = extensions!.isthmus;
        expect(new Set(degraded.map((one: Data) => one.connection))).toEqual(new Set([down]));
        expect(degraded[0]).toMatchObject({ code: expect.any(String), paths: expect.any(Array) });
        expect(Date.parse(degraded[0].observedAt)).toBeLessThanOrEqual(Date.now());
        const stale = data.customers.edges
          .flatMap(({ node }: Data) => node.provenance)
          .filter((one: Data) => one.staleness);
        if (down !== 'records') expect(new Set(stale.map((one: Data) => one.connection))).toContain(down);
      } finally {
        await systems.comeBack(down);
      }
      await until(
        'the system to be asked again',
        async () => !(await hub.answer(FRESH)).extensions?.isthmus.degraded,
        60_000,
      );
    },
    90_000,
  );
});

/** The client's cache adds `__typename` everywhere. */
function withoutTypes(value: Data): Data {
  return JSON.parse(JSON.stringify(value, (name, member) => (name === '__typename' ? undefined : member)));
}
