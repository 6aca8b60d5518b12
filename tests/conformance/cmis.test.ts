import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { cmis } from 'isthmus/connectors/cmis';
import { type Connection, type Connections, openConnections } from '#connections';
import type { Page, SourceRecord } from '#sdk';
import { type CmisSandbox, type CmisSandboxOptions, startCmis } from '../../connectors/cmis/sandbox/start.ts';

const TYPES = { documentType: 'demo:document', folderType: 'demo:folder' };
const opened: Connections[] = [];
let sandbox: CmisSandbox;
let records: Connection;

function connect(system: CmisSandbox, settings: object = {}): Connection {
  const { service: url, user, password } = system;
  const connections = openConnections({ records: cmis({ url, user, password, ...TYPES, ...settings }) });
  opened.push(connections);
  return connections.get('records');
}

async function withSandbox(options: CmisSandboxOptions, work: (system: CmisSandbox) => Promise<void>): Promise<void> {
  const system = await startCmis(options);
  try {
    await work(system);
  } finally {
    await system.stop();
  }
}

beforeAll(async () => {
  sandbox = await startCmis();
  records = connect(sandbox);
});
afterEach(() => sandbox.behave());
afterAll(async () => {
  await Promise.all(opened.map((connections) => connections.close()));
  await sandbox.stop();
});

async function changesSince(since: number): Promise<{ found: SourceRecord[]; pages: number }> {
  const { abilities } = records.stream('document');
  const found: SourceRecord[] = [];
  let pages = 0;
  for (let page: string | undefined; pages === 0 || page !== undefined; pages++) {
    const request = { since, select: [], ...(page === undefined ? {} : { page }) };
    const work = records.call({ priority: 'background' }, (http) => abilities.changes!(request, http));
    const answer: Page = (await work).value;
    found.push(...answer.records);
    page = answer.next;
  }
  return { found, pages };
}

const snapshot = (connection: Connection) =>
  connection.call({ priority: 'background' }, (http) =>
    connection.stream('document').abilities.snapshot!({ select: [] }, http),
  );

test('more documents of one millisecond than a page holds are each read once', async () => {
  const stampedAt = new Date('2031-01-01T00:00:00.000Z');
  const rows = sandbox.repository.documents
    .select({ limit: 900 })
    .filter((row) => row['cmis:isLatestVersion'] === true);
  const moved = rows.map((row) => ({ 'cmis:objectId': row['cmis:objectId'] }));
  expect(moved.length).toBeGreaterThan(500);
  sandbox.store.table('document').commitLate(moved, { stampedAt });
  const { found, pages } = await changesSince(stampedAt.getTime());
  expect(pages).toBeGreaterThan(1);
  expect(found.map(({ key }) => key).sort()).toEqual(rows.map((row) => row['cmis:versionSeriesId']).sort());
});

test('addresses are taken from the repository, but never to another origin', async () => {
  await withSandbox({ publicOrigin: 'https://dms.example.com' }, async (system) => {
    expect(await connect(system).check()).toMatchObject({ status: 'ok', product: 'CMIS sandbox' });
    expect((await snapshot(connect(system))).value.records.length).toBe(500);
  });
});

test('a repository that is not there is named with those that are', async () => {
  const result = await connect(sandbox, { repositoryId: 'other' }).check();
  expect(result).toMatchObject({ status: 'config' });
  expect(JSON.stringify(result)).toMatch(/demo/);
});

test('a wrong password is a matter of credentials, though the answer is a page of HTML', async () => {
  expect(await connect(sandbox, { password: 'wrong' }).check()).toMatchObject({ status: 'auth' });
});

test('a refusal for too many calls is waited out', async () => {
  sandbox.misbehave({ kind: 'status', status: 429, retryAfter: 0, times: 1, match: 'POST' });
  expect((await snapshot(records)).value.records.length).toBe(500);
});

test('a row without its key comes without a key, and the rest of the page as ever', async () => {
  sandbox.misbehave({ kind: 'dropKey', times: 1 });
  const { value } = await snapshot(records);
  expect(value.records.filter(({ key }) => key === '')).toHaveLength(1);
  expect(value.records).toHaveLength(500);
  expect(value.next).toBeDefined();
});

test('500 documents asked for one by one at the same moment cost one call', async () => {
  const keys = sandbox.repository.documents.select({ limit: 500 }).map((row) => row['cmis:versionSeriesId']);
  const asked = [...new Set(keys)];
  await records.check();
  sandbox.journal.reset();
  const found = await Promise.all(asked.map((key) => records.stream('document').lookupMany([key])));
  expect(found.every((one) => one.size === 1)).toBe(true);
  expect(sandbox.journal.count()).toBe(1);
});

test('the sandbox answers ranges as the standard says', async () => {
  const { id, index } = sandbox.demo.document(5);
  const { length } = sandbox.demo.documentContent(index);
  const authorization = `Basic ${Buffer.from(`${sandbox.user}:${sandbox.password}`).toString('base64')}`;
  const read = (range: string) =>
    fetch(`${sandbox.service}/demo/root?objectId=${id}&cmisselector=content`, { headers: { authorization, range } });
  const last = await read('bytes=-5');
  expect([last.status, last.headers.get('content-range')]).toEqual([
    206,
    `bytes ${length - 5}-${length - 1}/${length}`,
  ]);
  const beyond = await read(`bytes=${length}-`);
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${length}`]);
});
