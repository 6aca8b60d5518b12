import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Connected, Connector, Http, Page, SourceRecord, StreamAbilities } from 'isthmus/sdk';
import { plainHttp } from './http.fixture.ts';
import { salesforce } from './index.ts';
import { type SalesforceSandbox, startSalesforce } from './sandbox/start.ts';

let sandbox: SalesforceSandbox;
let connector: Connector<unknown>;
let connected: Connected;
let http: Http & { readonly calls: string[] };

beforeAll(async () => {
  sandbox = await startSalesforce();
  ({ connector, connected, http } = connect());
});
afterAll(async () => {
  await sandbox.stop();
});

function connect(auth?: object) {
  const { clientId, clientSecret } = sandbox.ready;
  const settings = {
    url: sandbox.url,
    auth: auth ?? { kind: 'client-credentials', clientId, clientSecret },
    currency: 'EUR',
    alsoKnownAs: { field: 'ERP_Number__c', connection: 'erp', stream: 'businessPartner' },
  };
  const { connector } = salesforce(settings as never);
  const any = connector as unknown as Connector<unknown>;
  const config = any.config.parse(settings);
  return { connector: any, connected: any.connect(config), http: plainHttp(any, config) };
}

const abilities = (stream: string) => connected.streams[stream] as unknown as StreamAbilities;

async function drain(read: (page: string | undefined) => Promise<Page>): Promise<SourceRecord[]> {
  const records: SourceRecord[] = [];
  let page: string | undefined;
  do {
    const answer = await read(page);
    records.push(...answer.records);
    page = answer.next;
  } while (page !== undefined);
  return records;
}

const accounts = () => sandbox.object('Account');
const rows = (table: string) => sandbox.store.table<Record<string, unknown>>(table);
const livingKeys = (table: string) =>
  rows(table)
    .select()
    .filter((row) => row.IsDeleted === false)
    .map((row) => row.Id as string);

describe('login', () => {
  test('by JWT bearer', async () => {
    const { clientId, username, privateKey } = sandbox.ready;
    const by = connect({ kind: 'jwt', clientId, username, privateKey });
    expect(await by.connected.check(by.http)).toEqual({ status: 'ok', product: 'Salesforce', version: 'v67.0' });
  });

  test('by JWT bearer; a user whom the app is not approved for is refused', async () => {
    const { clientId, username, privateKey } = sandbox.ready;
    const by = connect({ kind: 'jwt', clientId, username: `${username}.other`, privateKey });
    await expect(by.connected.check(by.http)).rejects.toMatchObject({
      code: 'CREDENTIAL',
      details: { error: 'invalid_grant' },
    });
  });

  test('by client credentials; a wrong secret is told as such', async () => {
    const { clientId } = sandbox.ready;
    const by = connect({ kind: 'client-credentials', clientId, clientSecret: 'wrong' });
    await expect(by.connected.check(by.http)).rejects.toMatchObject({ code: 'CREDENTIAL' });
    expect(await connected.check(http)).toMatchObject({ status: 'ok' });
  });
});

describe.each(['account', 'contact', 'lead', 'opportunity', 'case'])('%s', (stream) => {
  const table = stream[0]!.toUpperCase() + stream.slice(1);

  test('a snapshot reads every living record once, and each is mapped', async () => {
    const records = await drain((page) => abilities(stream).snapshot({ select: [], ...(page && { page }) }, http));
    expect(records.map((record) => record.key).sort()).toEqual(livingKeys(table).sort());
    for (const record of records) {
      expect(record.changedAt).toBeGreaterThan(0);
      expect(connected.streams[stream]!.map(record)).toHaveLength(1);
    }
  });

  test('ids only', async () => {
    const { keys } = await abilities(stream).listIds({}, http);
    expect([...keys].sort()).toEqual(livingKeys(table).sort());
  });

  test('250 records by key cost one call, unknown keys are left out', async () => {
    const keys = livingKeys(table).slice(0, 249);
    http.calls.length = 0;
    const found = await abilities(stream).lookup({ keys: [...keys, 'x', '001000000000000AAA'], select: [] }, http);
    expect(found.map((record) => record.key).sort()).toEqual([...keys].sort());
    expect(http.calls).toHaveLength(1);
  });

  test('the largest lookup that the manifest allows fits one URI', async () => {
    const { maxBatch } = connector.manifest.streams[stream]!.lookup!;
    const keys = Array.from({ length: maxBatch }, (_, at) => `0015g${String(at).padStart(10, '0')}AAA`);
    http.calls.length = 0;
    await abilities(stream).lookup({ keys, select: [] }, http);
    expect(http.calls).toHaveLength(1);
  });
});

describe('changes', () => {
  const changes = (since: number, page?: string) =>
    abilities('account').changes({ since, select: [], ...(page && { page }) }, http);

  test('bring edits and deletions, ordered by stamp and key, ties included', async () => {
    const [first, second, third] = livingKeys('Account').slice(10);
    sandbox.clock.freeze(Date.now() + 60_000);
    const since = sandbox.clock.now().getTime();
    sandbox.writes.update(accounts(), first!, { Phone: '1' });
    sandbox.writes.update(accounts(), second!, { Phone: '2' });
    sandbox.writes.remove(accounts(), third!);
    sandbox.clock.thaw();
    const records = await drain((page) => changes(since, page));
    expect(records.map(({ key, deleted, changedAt }) => ({ key, deleted, changedAt }))).toEqual(
      [first, second, third]
        .sort()
        .map((key) => ({ key, deleted: key === third ? true : undefined, changedAt: since })),
    );
    expect(connected.streams.account!.map(records.find((record) => record.deleted)!)).toEqual([]);
  });

  test('go on page by page, also when the locator is forgotten', async () => {
    const expected = rows('Opportunity').count();
    const read = (page: string | undefined) =>
      abilities('opportunity').changes({ since: 0, select: [], ...(page && { page }) }, http);
    sandbox.misbehave({ kind: 'shortPage', match: 'queryAll', times: 2 });
    const whole = await drain(read);
    expect(new Set(whole.map((record) => record.key)).size).toBe(expected);
    sandbox.misbehave({ kind: 'shortPage', match: 'queryAll', times: 1 });
    const first = await read(undefined);
    const lost = first.next!.replace(/query\/\S+/, 'query/01g000000000000000-20');
    const rest = await drain((page) => read(page ?? lost));
    expect(first.records.length + rest.length).toBe(expected);
  });

  test('a late commit with an older stamp is found by asking from before it', async () => {
    const key = livingKeys('Lead')[0]!;
    const stampedAt = new Date(Date.now() - 90_000);
    rows('Lead').commitLate([{ Id: key, Company: 'Late' }], { stampedAt });
    const page = await abilities('lead').changes({ since: stampedAt.getTime() - 1000, select: [] }, http);
    expect(page.records.map((record) => record.key)).toContain(key);
  });
});

test('a custom field asked for in addition is read', async () => {
  const { records } = await abilities('account').snapshot({ select: ['Loyalty__c'] }, http);
  const tiers = new Set(records.map((record) => (record.source as { Loyalty__c: unknown }).Loyalty__c));
  expect(tiers).toContain('Gold');
});

test('lists are filtered and ordered by the system', async () => {
  const { records } = await abilities('opportunity').list(
    {
      where: [
        { field: 'StageName', op: 'eq', value: 'Negotiation/Review' },
        { field: 'CloseDate', op: 'ge', value: '2000-01-01' },
        { field: 'CreatedDate', op: 'gt', value: '2000-01-01T00:00:00.000Z' },
        { field: 'Name', op: 'gt', value: "'; --\\" },
      ],
      orderBy: [{ field: 'Amount', direction: 'desc' }],
      limit: 5,
      select: [],
    },
    http,
  );
  const amounts = records.map((record) => (record.source as { Amount: number }).Amount);
  expect(amounts).toHaveLength(5);
  expect(amounts).toEqual([...amounts].sort((left, right) => right - left));
});

test('the quota is read from every answer', async () => {
  const { headers, status } = await http.json({ path: '/services/data/v67.0/limits' });
  expect(connector.protocol.readQuota!({ headers, status, text: '' })).toEqual({
    used: sandbox.limit.usedToday,
    limit: 100_000,
  });
});

test('types and fields are told, with what is custom and what may be written', async () => {
  const types = await connected.discover!(http);
  expect(types.map((type) => type.stream)).toEqual(['account', 'contact', 'lead', 'opportunity', 'case']);
  expect(types[0]!.fields).toContainEqual({
    name: 'Loyalty__c',
    type: 'picklist',
    title: 'Loyalty',
    writable: true,
    custom: true,
    nullable: true,
  });
});

describe('failures', () => {
  const read = () => abilities('case').snapshot({ select: [] }, http);
  test.each([
    [{ kind: 'status', status: 401 }, { code: 'CREDENTIAL' }],
    [
      { kind: 'status', status: 403 },
      { code: 'RATE_LIMITED', quota: 'day' },
    ],
    [
      { kind: 'status', status: 429 },
      { code: 'RATE_LIMITED', quota: 'second' },
    ],
    [{ kind: 'status', status: 503 }, { code: 'TRANSIENT' }],
    [{ kind: 'status', status: 404 }, { code: 'NOT_FOUND' }],
  ])('%j', async (trouble, expected) => {
    sandbox.misbehave({ ...trouble, match: '/query', times: 1 });
    await expect(read()).rejects.toMatchObject(expected);
    sandbox.behave();
  });

  test('a field that is taken away is named', async () => {
    sandbox.hideField('Case', 'Priority');
    await expect(read()).rejects.toMatchObject({ code: 'CONTRACT', details: { field: 'Priority' } });
    sandbox.object('Case').hidden.clear();
  });

  test('a row without its key is delivered as it came', async () => {
    sandbox.misbehave({ kind: 'dropKey', match: '/query', times: 1 });
    const { records } = await read();
    expect(records[0]).toMatchObject({ key: '' });
    expect(records[1]!.key).toMatch(/^500/);
  });
});
