import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { salesforce } from 'isthmus/connectors/salesforce';
import { type Connection, type Connections, openConnections } from '#connections';
import { type SalesforceSandbox, startSalesforce } from '../../connectors/salesforce/sandbox/start.ts';

let sandbox: SalesforceSandbox;
let connections: Connections;
let crm: Connection;

beforeAll(async () => {
  sandbox = await startSalesforce();
  const { clientId, username, privateKey } = sandbox.ready;
  const auth = { kind: 'jwt', clientId, username, privateKey } as const;
  connections = openConnections({ crm: salesforce({ url: sandbox.url, auth, currency: 'EUR' }) });
  crm = connections.get('crm');
});
afterEach(() => sandbox.behave());
afterAll(async () => {
  await connections.close();
  await sandbox.stop();
});

const snapshot = (stream: string) =>
  crm.call({ priority: 'background' }, (http) => crm.stream(stream).abilities.snapshot!({ select: [] }, http));

test('a session that expires is renewed once, and the page is read again', async () => {
  const before = crm.status().sessionsOpened;
  sandbox.login.expireSessions();
  const { value } = await snapshot('account');
  expect(value.records.length).toBeGreaterThan(100);
  expect(crm.status().sessionsOpened).toBe(before + 1);
});

test('a 401 that is a policy and no expiry does not loop', async () => {
  sandbox.misbehave({ kind: 'policyRefusal' });
  await expect(snapshot('lead')).rejects.toMatchObject({ code: 'CREDENTIAL' });
  sandbox.behave();
  expect(await crm.check()).toMatchObject({ status: 'ok' });
});

test('the quota that answers tell feeds the budget', async () => {
  // Others use the org's quota too.
  for (let call = 0; call < 500; call++) sandbox.limit.take();
  await snapshot('case');
  expect(crm.status().budget.usedToday).toBe(sandbox.limit.usedToday);
});

test('250 accounts by key, asked for one by one at the same moment, cost one call', async () => {
  const keys = sandbox.store.table('Account').selectKeys({ limit: 250 });
  sandbox.journal.reset();
  const found = await Promise.all(keys.map((key) => crm.stream('account').lookupMany([key])));
  expect(found.every((each) => each.size === 1)).toBe(true);
  expect(sandbox.journal.count('/query')).toBe(1);
});

test('ids are found in either spelling', async () => {
  const [key] = sandbox.store.table('Account').selectKeys({ limit: 1 });
  const short = key!.slice(0, 15);
  expect(crm.stream('account').normalizeKey(short)).toBe(key);
  expect((await crm.stream('account').lookupMany([short])).get(short)).toBeDefined();
});

test('discovery tells custom fields', async () => {
  const types = await crm.discover();
  expect(types.find((type) => type.name === 'Account')!.fields.map((field) => field.name)).toContain('ERP_Number__c');
});
