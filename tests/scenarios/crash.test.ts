import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { buildPackage, ROOT } from '../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../support/demo-systems.ts';
import { type Edits, editsOf } from '../support/edits.ts';
import { type Data, type HubProcess, startHubProcess } from '../support/hub-process.ts';
import { until } from '../support/until.ts';

const KILLS = 8;
/** The same moments on every run; how far the hub is by then differs all the same. */
const AFTER_MS = [150, 400, 900, 250, 1300, 600, 1000, 350];

let systems: DemoSystems;
let edits: Edits;
let hub: HubProcess;

const start = () =>
  startHubProcess({
    config: join(ROOT, 'tests/support/paced-demo.config.ts'),
    data: join(systems.folder, 'hub'),
    env: systems.env,
  });

beforeAll(async () => {
  await buildPackage();
  systems = await startDemoSystems();
  edits = editsOf(systems);
  for (let at = 0; at < KILLS; at++) {
    hub = await start();
    await new Promise((resolve) => setTimeout(resolve, AFTER_MS[at]));
    await hub.kill();
  }
  hub = await start();
  await hub.ready();
}, 180_000);

afterAll(async () => {
  await hub?.stop();
  await systems?.stop();
});

/** All rows of a list, page by page. */
async function all(list: string, fields: string): Promise<readonly Data[]> {
  const rows: Data[] = [];
  let after: string | null = null;
  do {
    const query = `query ($after: String) { ${list}(first: 1000, after: $after) { edges { node { ${fields} } } pageInfo { hasNextPage endCursor } } }`;
    const data: Data = await hub.ask(query, { after });
    rows.push(...data[list].edges.map(({ node }: Data) => node));
    after = data[list].pageInfo.hasNextPage ? data[list].pageInfo.endCursor : null;
  } while (after !== null);
  return rows;
}

async function countOf(list: string): Promise<number> {
  return (await hub.ask(`{ ${list}(first: 1) { totalCount } }`))[list].totalCount;
}

/** By key, and each key once. */
function byKey(rows: readonly Data[], keyOf: (row: Data) => string): ReadonlyMap<string, Data> {
  const map = new Map(rows.map((row) => [keyOf(row), row]));
  expect(map.size).toBe(rows.length);
  return map;
}

const trimmed = (key: unknown) => String(key ?? '').replace(/^0+(?=\d)/, '');

/** What the systems hold, read from their own stores, is what the graph shows: no record more, none less, each value. */
async function expectTheSame(): Promise<void> {
  await expectOrders();
  await expectOpportunities();
  await expectDocuments();
  await expectCustomers();
}

async function expectOrders(): Promise<void> {
  const orders = byKey(
    await all('salesOrders', 'number orderedOn customerReference total { amount currency } customer { number }'),
    ({ number }) => number,
  );
  const held = systems.erp.store.table('A_SalesOrder').select() as readonly Data[];
  expect([...orders.keys()].toSorted()).toEqual(held.map(({ SalesOrder }) => trimmed(SalesOrder)).toSorted());
  for (const row of held) {
    const order = orders.get(trimmed(row.SalesOrder));
    expect({
      total: Number(order.total.amount),
      currency: order.total.currency,
      customer: trimmed(order.customer.number),
      reference: order.customerReference ?? '',
    }).toEqual({
      total: Number(row.TotalNetAmount),
      currency: row.TransactionCurrency,
      customer: trimmed(row.SoldToParty),
      reference: row.PurchaseOrderByCustomer,
    });
  }
  const lines = await all('salesOrderLines', 'lineNumber order { number }');
  const heldLines = systems.erp.store.table('A_SalesOrderItem').select() as readonly Data[];
  const nameOf = (order: unknown, line: unknown) => `${trimmed(order)}/${trimmed(line)}`;
  expect(lines.map(({ order, lineNumber }) => nameOf(order.number, lineNumber)).toSorted()).toEqual(
    heldLines.map(({ SalesOrder, SalesOrderItem }) => nameOf(SalesOrder, SalesOrderItem)).toSorted(),
  );
}

async function expectOpportunities(): Promise<void> {
  const shown = byKey(
    await all('opportunities', 'name closesOn amount { amount } provenance(fields: [name]) { sourceId }'),
    ({ provenance }) => provenance[0].sourceId,
  );
  const held = (systems.crm.store.table('Opportunity').select() as readonly Data[]).filter((row) => !row.IsDeleted);
  expect([...shown.keys()].toSorted()).toEqual(held.map(({ Id }) => Id).toSorted());
  for (const { Id, Name, CloseDate, Amount } of held) {
    const { name, closesOn, amount } = shown.get(Id);
    expect([name, closesOn, amount && Number(amount.amount)]).toEqual([Name, CloseDate, Amount ?? null]);
  }
}

async function expectDocuments(): Promise<void> {
  const shown = byKey(
    await all('documents', 'name sizeInBytes folder { path } provenance(fields: [name]) { sourceId }'),
    ({ provenance }) => provenance[0].sourceId,
  );
  const held = (systems.records.repository.documents.select() as readonly Data[]).filter(
    (row) => row['cmis:isLatestVersion'],
  );
  expect([...shown.keys()].toSorted()).toEqual(held.map((row) => row['cmis:versionSeriesId']).toSorted());
  for (const row of held) {
    const { name, sizeInBytes, folder } = shown.get(row['cmis:versionSeriesId']);
    const parent = systems.records.repository.folders.get(row._parentId) as Data;
    expect([name, sizeInBytes, folder.path]).toEqual([
      row['cmis:name'],
      row['cmis:contentStreamLength'],
      parent['cmis:path'],
    ]);
  }
}

/** The truth knows who is who: one customer for all that claim one number. */
async function expectCustomers(): Promise<void> {
  const customers = await all('customers', 'id number creditLimit { amount }');
  const accounts = (systems.crm.store.table('Account').select() as readonly Data[]).filter((row) => !row.IsDeleted);
  const partners = (systems.erp.store.table('A_BusinessPartner').select() as readonly Data[]).filter(
    ({ Customer }) => Customer,
  );
  const numbers = new Set(partners.map(({ BusinessPartner }) => trimmed(BusinessPartner)));
  const alone = accounts.filter(({ Type, ERP_Number__c }) => Type !== 'Vendor' && !numbers.has(trimmed(ERP_Number__c)));
  expect(customers).toHaveLength(numbers.size + alone.length);
  const byNumber = new Map(customers.map((row) => [trimmed(row.number), row]));
  const limits = systems.erp.store.table('CreditManagementAccount').select() as readonly Data[];
  for (const { BusinessPartner, CreditLimitAmount } of limits) {
    expect(Number(byNumber.get(trimmed(BusinessPartner)).creditLimit.amount)).toBe(Number(CreditLimitAmount));
  }
}

/** Every change of a record has its row, once, in order; none was created twice. */
function expectHistory(): void {
  const store = new Database(join(systems.folder, 'hub', 'hub.sqlite'), { readonly: true });
  try {
    const rows = store
      .prepare('select canonical_id as id, sequence, op from change_row order by canonical_id, sequence')
      .all() as readonly { readonly id: string; readonly sequence: number; readonly op: string }[];
    expect(rows.length).toBeGreaterThan(0);
    const created = new Set<string>();
    let before: { readonly id: string; readonly sequence: number } = { id: '', sequence: 0 };
    for (const row of rows) {
      expect(row.sequence).toBe(row.id === before.id ? before.sequence + 1 : 1);
      if (row.op === 'create') {
        expect(created).not.toContain(row.id);
        created.add(row.id);
      }
      before = row;
    }
  } finally {
    store.close();
  }
}

test('killed again and again during its first snapshot, the hub holds what the systems hold', async () => {
  await expectTheSame();
  expectHistory();
}, 60_000);

test('what was edited and deleted while the hub was down is made up for', async () => {
  const orders = systems.erp.store.table('A_SalesOrder').select({ limit: 3 }) as readonly Data[];
  const [opportunity, lost] = systems.crm.store.table('Opportunity').select({ limit: 2 }) as readonly Data[];
  const [document, gone] = (systems.records.repository.documents.select({ limit: 20 }) as readonly Data[]).filter(
    (row) => row['cmis:isLatestVersion'],
  ) as [Data, Data];
  const counts = await Promise.all(['salesOrders', 'opportunities', 'documents'].map(countOf));
  const expected = [...counts.map((count) => count - 1), 1, 1, 1];
  await hub.kill();
  await edits.erp.update('API_SALES_ORDER_SRV', `A_SalesOrder('${orders[0].SalesOrder}')`, {
    PurchaseOrderByCustomer: 'Edited meanwhile',
  });
  await edits.erp.remove('API_SALES_ORDER_SRV', `A_SalesOrder('${orders[1].SalesOrder}')`);
  await edits.crm.update('Opportunity', opportunity.Id, { Name: 'Edited meanwhile' });
  await edits.crm.remove('Opportunity', lost.Id);
  await edits.records.update(document['cmis:objectId'], { 'cmis:name': 'edited meanwhile.bin' });
  await edits.records.remove(gone['cmis:objectId']);
  hub = await start();
  // Where documents are filed is read one by one, and what is missing is gone when it was missing twice.
  const query = `{
    salesOrders(first: 1) { totalCount }
    opportunities(first: 1) { totalCount }
    documents(first: 1) { totalCount }
    edited: documents(first: 1, filter: { name: { eq: "edited meanwhile.bin" } }) { totalCount }
    orders: salesOrders(first: 1, filter: { customerReference: { eq: "Edited meanwhile" } }) { totalCount }
    renamed: opportunities(first: 1, filter: { name: { eq: "Edited meanwhile" } }) { totalCount }
  }`;
  const totals = async () => Object.values(await hub.ask(query)).map((list) => (list as Data).totalCount);
  await until('all of it', async () => `${await totals()}` === `${expected}`, 90_000);
  await expectTheSame();
  expectHistory();
}, 150_000);
