import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sapS4 } from 'isthmus/connectors/sap-s4';
import { type Connection, type Connections, openConnections } from '#connections';
import type { Page, SourceRecord } from '#sdk';
import { spawnSandboxProcess } from '#sdk/testing';
import { type SapS4Sandbox, type SapS4SandboxOptions, startSapS4 } from '../../connectors/sap-s4/sandbox/start.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows have the vendor's shape
type Row = Record<string, any>;

const opened: Connections[] = [];
let sandbox: SapS4Sandbox;
let erp: Connection;

function connect(system: SapS4Sandbox, settings: object = {}): Connection {
  const { username, password } = system.credentials;
  const connections = openConnections({ erp: sapS4({ baseUrl: system.url, username, password, ...settings }) });
  opened.push(connections);
  return connections.get('erp');
}

async function withSandbox(options: SapS4SandboxOptions, work: (system: SapS4Sandbox) => Promise<void>): Promise<void> {
  const system = await startSapS4(options);
  try {
    await work(system);
  } finally {
    await system.stop();
  }
}

beforeAll(async () => {
  sandbox = await startSapS4();
  erp = connect(sandbox);
});
afterEach(() => sandbox.behave());
afterAll(async () => {
  await Promise.all(opened.map((connections) => connections.close()));
  await sandbox.stop();
});

async function readAll(connection: Connection, stream: string): Promise<SourceRecord[]> {
  const { abilities } = connection.stream(stream);
  const records: SourceRecord[] = [];
  let page: string | undefined;
  do {
    const asked = { select: [], ...(page === undefined ? {} : { page }) };
    const { value } = await connection.call({ priority: 'background' }, (http) => abilities.snapshot!(asked, http));
    records.push(...value.records);
    page = value.next;
  } while (page !== undefined);
  return records;
}

async function readChanges(connection: Connection, stream: string, since: number): Promise<Page[]> {
  const { abilities } = connection.stream(stream);
  const pages: Page[] = [];
  do {
    const page = pages.at(-1)?.next;
    const asked = { since, select: [], ...(page === undefined ? {} : { page }) };
    const { value } = await connection.call({ priority: 'background' }, (http) => abilities.changes!(asked, http));
    pages.push(value);
  } while (pages.at(-1)!.next !== undefined);
  return pages;
}

const keysOf = (records: readonly SourceRecord[]) => records.map((record) => record.key);

describe('snapshot', () => {
  test.each([
    ['businessPartner', 'A_BusinessPartner', (row: Row) => row.Customer !== '' || row.Supplier !== ''],
    ['contact', 'A_BusinessPartner', (row: Row) => row.BusinessPartnerCategory === '1'],
    ['creditAccount', 'CreditManagementAccount', () => true],
    ['product', 'A_Product', () => true],
    ['plant', 'A_Plant', () => true],
    ['stock', 'A_MatlStkInAcctMod', () => true],
    ['salesOrder', 'A_SalesOrder', () => true],
    ['purchaseOrder', 'A_PurchaseOrder', () => true],
    ['billingDocument', 'A_BillingDocument', () => true],
  ])('%s: every record once, all of them mapped', async (name, set, isOfStream) => {
    const stream = erp.stream(name);
    const records = await readAll(erp, name);
    const expected = sandbox.store.table<Row>(set).select().filter(isOfStream);
    expect(new Set(keysOf(records)).size).toBe(records.length);
    expect(records).toHaveLength(expected.length);
    const mapped = records.flatMap((record) => stream.map(record));
    expect(mapped.length).toBeGreaterThan(0);
    for (const each of mapped) expect(stream.manifest.entities).toContain(each.entity);
    const { value } = await erp.call({ priority: 'background' }, (http) => stream.abilities.listIds!({}, http));
    expect(value.keys).toEqual(keysOf(records).slice(0, value.keys.length));
    expect(value.keys).toHaveLength(Math.min(records.length, 1000));
  });

  test('documents come with all their items', async () => {
    const records = await readAll(erp, 'salesOrder');
    const items = records.flatMap((record) => (record.source as { to_Item: { results: Row[] } }).to_Item.results);
    expect(items).toHaveLength(sandbox.store.table('A_SalesOrderItem').count());
    expect(items.every((item) => item.SalesOrderItem !== undefined)).toBe(true);
  });

  test('pages that the server cuts shorter than asked lose nothing', async () => {
    await withSandbox({ pageCap: 40 }, async (system) => {
      const connection = connect(system);
      const orders = await readAll(connection, 'salesOrder');
      expect(new Set(keysOf(orders)).size).toBe(2000);
      const items = orders.flatMap((record) => (record.source as { to_Item: { results: Row[] } }).to_Item.results);
      expect(items).toHaveLength(system.store.table('A_SalesOrderItem').count());
      const stock = await readAll(connection, 'stock');
      expect(new Set(keysOf(stock)).size).toBe(system.store.table('A_MatlStkInAcctMod').count());
    });
  });

  test('a partner that is customer and supplier is both', async () => {
    const stream = erp.stream('businessPartner');
    const records = await readAll(erp, 'businessPartner');
    const both = records.map((record) => stream.map(record)).find((mapped) => mapped.length === 2)!;
    expect(both.map((each) => each.entity)).toEqual(['Customer', 'Supplier']);
    expect(both[0]!.values).toMatchObject({ name: expect.any(String), address: { country: expect.any(String) } });
  });
});

describe('changes', () => {
  test.each([
    'salesOrder',
    'purchaseOrder',
    'billingDocument',
    'product',
    'businessPartner',
    'contact',
    'creditAccount',
  ])('%s: everything since a moment, in the order of stamp and key, across pages', async (name) => {
    const small = connect(sandbox, { pageSize: 20 });
    const all = await readAll(erp, name);
    const stamps = all.map((record) => record.changedAt!).sort((left, right) => left - right);
    const since = stamps[Math.max(stamps.length - 90, 0)]!;
    const pages = await readChanges(small, name, since);
    const records = pages.flatMap((page) => page.records);
    const day = 86_400_000;
    const from = name === 'creditAccount' ? Math.floor(since / day) * day : since;
    const expected = all.filter((record) => record.changedAt! >= from);
    expect(new Set(keysOf(records))).toEqual(new Set(keysOf(expected)));
    expect(records).toHaveLength(expected.length);
    const order = records.map((record) => [record.changedAt!, record.key] as const);
    const sorted = [...order].sort((left, right) => left[0] - right[0] || (left[1] < right[1] ? -1 : 1));
    expect(order).toEqual(sorted);
  });

  test('a few changes cost one call for partners', async () => {
    const table = sandbox.store.table<Row>('A_BusinessPartner');
    const [partner] = table.select({ limit: 1 });
    const since = sandbox.clock.nowMs() - 1000;
    table.update(partner!.BusinessPartner, { SearchTerm1: 'SEEN' });
    sandbox.journal.reset();
    const [page] = await readChanges(erp, 'businessPartner', since);
    expect(keysOf(page!.records)).toEqual([partner!.BusinessPartner]);
    expect(sandbox.journal.count()).toBe(1);
  });

  test('a changed item brings its order with all items, and late rows arrive by their old stamp', async () => {
    const since = sandbox.clock.nowMs() - 60_000;
    const orders = sandbox.store.table<Row>('A_SalesOrder');
    const [first, second] = orders.select({ limit: 2 });
    orders.update(first!.SalesOrder, {});
    orders.commitLate([{ SalesOrder: second!.SalesOrder }], { stampedAt: new Date(since + 5000) });
    const records = (await readChanges(erp, 'salesOrder', since)).flatMap((page) => page.records);
    expect(keysOf(records)).toEqual([second!.SalesOrder, first!.SalesOrder]);
    const [mapped] = erp.stream('salesOrder').map(records[1]!);
    expect(mapped!.parts!.SalesOrderLine!.extent).toBe('complete');
    expect(mapped!.parts!.SalesOrderLine!.items.length).toBeGreaterThan(0);
  });
});

describe('lookup', () => {
  test.each([
    ['businessPartner', 30],
    ['businessPartner', 250],
    ['salesOrder', 50],
    ['salesOrder', 250],
    ['contact', 60],
    ['stock', 40],
    ['creditAccount', 100],
    ['product', 120],
  ])('%s: %i keys in as few calls as can be, whole as in a snapshot', async (name, count) => {
    const stream = erp.stream(name);
    const all = new Map((await readAll(erp, name)).map((record) => [record.key, record]));
    const keys = [...all.keys()].slice(0, count);
    await stream.lookupMany([...keys.slice(0, 1), 'nobody']);
    await stream.lookupMany(keys);
    sandbox.journal.reset();
    const found = await stream.lookupMany(keys);
    expect(sandbox.journal.count()).toBe(name === 'contact' ? 2 : 1);
    expect(found.size).toBe(keys.length);
    for (const key of keys) {
      const { record } = found.get(key)! as { record: SourceRecord };
      expect(stream.map(record)).toEqual(stream.map(all.get(key)!));
    }
  });

  test('numbers with leading zeros and keys that do not exist', async () => {
    const [partner] = sandbox.store.table<Row>('A_Customer').select({ limit: 1 });
    const padded = partner!.Customer.padStart(10, '0');
    const found = await erp.stream('businessPartner').lookupMany([padded, '9999999', "O'Hara"]);
    expect([...found.keys()]).toEqual([padded]);
  });

  test('an expired CSRF token is fetched again', async () => {
    const keys = sandbox.store
      .table<Row>('A_SalesOrder')
      .select({ limit: 120 })
      .map((row) => row.SalesOrder);
    await erp.stream('salesOrder').lookupMany(keys);
    sandbox.forgetSessions();
    expect((await erp.stream('salesOrder').lookupMany(keys)).size).toBe(keys.length);
  });
});

test('list: filter, order and pages are pushed down', async () => {
  const { abilities } = erp.stream('salesOrder');
  const request = {
    where: [
      { field: 'OverallSDProcessStatus', op: 'eq', value: 'A' },
      { field: 'SalesOrderDate', op: 'ge', value: '2025-01-01' },
      { field: 'TotalNetAmount', op: 'gt', value: '1000' },
    ],
    orderBy: [{ field: 'TotalNetAmount', direction: 'desc' }],
    limit: 5,
    select: [],
  } as const;
  const { value } = await erp.call({ priority: 'interactive' }, (http) => abilities.list!(request, http));
  const amounts = value.records.map((record) => Number((record.source as Row).TotalNetAmount));
  expect(amounts).toHaveLength(5);
  expect(amounts).toEqual([...amounts].sort((left, right) => right - left));
  expect(amounts.every((amount) => amount > 1000)).toBe(true);
});

test('discover: types, fields, and the streams that read them', async () => {
  const types = await erp.discover();
  const order = types.find((type) => type.name === 'A_SalesOrder')!;
  expect(order.stream).toBe('salesOrder');
  expect(order.fields).toContainEqual(
    expect.objectContaining({ name: 'PurchaseOrderByCustomer', type: 'String', writable: true, custom: false }),
  );
  expect(order.fields.find((field) => field.name === 'SalesOrder')).toMatchObject({ nullable: false, writable: false });
});

test('the sandbox as a process of its own', async () => {
  const main = new URL('../../connectors/sap-s4/sandbox/main.ts', import.meta.url);
  const spawned = await spawnSandboxProcess(main, { seed: 3 });
  try {
    const { username, password } = spawned.ready as { username: string; password: string };
    const connections = openConnections({ erp: sapS4({ baseUrl: spawned.url, username, password }) });
    opened.push(connections);
    expect(await connections.get('erp').check()).toMatchObject({ status: 'ok' });
  } finally {
    await spawned.stop();
  }
});

test("an enterprise's own field is asked for and mapped", async () => {
  const connection = connect(sandbox, {
    extend: {
      businessPartner: {
        select: ['SearchTerm1'],
        map: (source: Row) => ({ Customer: { website: source.SearchTerm1 } }),
      },
    },
  });
  const stream = connection.stream('businessPartner');
  const [customer] = sandbox.store.table<Row>('A_Customer').select({ limit: 1 });
  const found = await stream.lookupMany([customer!.Customer]);
  const { record } = found.get(customer!.Customer)! as { record: SourceRecord };
  expect(stream.map(record)[0]!.values).toMatchObject({ website: expect.any(String) });
});

describe('check', () => {
  test('all is well, with a password and with an OAuth client', async () => {
    expect(await erp.check()).toMatchObject({ status: 'ok', product: 'SAP S/4HANA' });
    const { clientId, clientSecret } = sandbox.credentials;
    const connections = openConnections({
      erp: sapS4({ baseUrl: sandbox.url, clientId, clientSecret, client: '100' }),
    });
    opened.push(connections);
    expect(await connections.get('erp').check()).toMatchObject({ status: 'ok' });
    sandbox.forgetSessions();
    expect(await readAll(connections.get('erp'), 'plant')).not.toHaveLength(0);
  });

  test('a wrong password', async () => {
    expect(await connect(sandbox, { password: 'wrong' }).check()).toMatchObject({ status: 'auth' });
  });

  test('a service without its communication scenario', async () => {
    await withSandbox({ forbidden: ['API_CRDTMBUSINESSPARTNER'] }, async (system) => {
      const result = await connect(system).check();
      expect(result).toMatchObject({ status: 'permission' });
      expect(JSON.stringify(result)).toContain('API_CRDTMBUSINESSPARTNER');
    });
  });

  test('nobody is there', async () => {
    const { username, password } = sandbox.credentials;
    const connections = openConnections({ erp: sapS4({ baseUrl: 'http://127.0.0.1:9', username, password }) });
    opened.push(connections);
    expect(await connections.get('erp').check()).toMatchObject({ status: 'network' });
  });

  test('a logon page instead of data', async () => {
    sandbox.misbehave({ kind: 'html', match: 'A_Plant' });
    await expect(readAll(erp, 'plant')).rejects.toMatchObject({ code: 'CONTRACT' });
  });
});

describe('trouble', () => {
  test('a row without its key has an empty one, and others stay whole', async () => {
    sandbox.misbehave({ kind: 'dropKey', match: 'A_Plant', times: 1 });
    const records = await readAll(erp, 'plant');
    expect(keysOf(records).filter((key) => key === '')).toHaveLength(1);
    expect(() => erp.stream('plant').map(records.find((record) => record.key === '')!)).toThrow('no key');
  });

  test('429, 503, a cut body and a reset are waited out', async () => {
    sandbox.misbehave({ kind: 'status', status: 429, retryAfter: 0, match: 'A_Plant', times: 1 });
    sandbox.misbehave({ kind: 'status', status: 503, match: 'A_Plant', times: 1 });
    sandbox.misbehave({ kind: 'truncate', match: 'A_Plant', times: 1 });
    expect(await readAll(erp, 'plant')).not.toHaveLength(0);
  });

  test('a cut batch is asked again', async () => {
    const keys = sandbox.store
      .table<Row>('A_SalesOrder')
      .select({ limit: 120 })
      .map((row) => row.SalesOrder);
    sandbox.misbehave({ kind: 'status', status: 200, body: '--x\r\n', match: 'batch', times: 1 });
    expect((await erp.stream('salesOrder').lookupMany(keys)).size).toBe(keys.length);
  });
});
