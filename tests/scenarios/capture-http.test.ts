import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import { secret } from 'isthmus/sdk';
import { type Connection, openConnections } from '#connections';
import { startTestSystem, type TestSystem, type TestSystemOptions, testConnector } from './capture-system.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Settings = Partial<Parameters<typeof testConnector>[0]>;

function connect(system: TestSystem, settings: Settings = {}): Connection {
  const definition = testConnector({ url: system.url, user: 'hub', password: 'pa55word', ...settings });
  const connections = openConnections({ erp: definition });
  closers.push(() => connections.close());
  return connections.get('erp');
}

async function start(options: TestSystemOptions = {}, settings: Settings = {}) {
  const system = await startTestSystem({ items: 5, ...options });
  closers.push(system.stop);
  return { system, connection: connect(system, settings) };
}

const readPage = (connection: Connection, priority: 'background' | 'interactive' = 'background') =>
  connection.call({ priority }, (http) => connection.stream('items').abilities.snapshot!({ select: [] }, http));

/** The failure of a promise that must fail. */
async function failureOf(promise: Promise<unknown>): Promise<Error & { code: string }> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('It should have failed.');
  return outcome as Error & { code: string };
}

describe('a failing system', () => {
  test('401 once: one new session, and the page is read again (11)', async () => {
    const { system, connection } = await start();
    await readPage(connection);
    system.expireSessions();
    const { value } = await readPage(connection);
    expect(value.records).toHaveLength(5);
    expect(system.journal.count('POST /login')).toBe(2);
    expect(connection.status().sessionsOpened).toBe(2);
  });

  test('401 for many calls at once: still one new session', async () => {
    const { system, connection } = await start();
    await readPage(connection);
    system.expireSessions();
    await Promise.all(Array.from({ length: 8 }, () => readPage(connection)));
    expect(system.journal.count('POST /login')).toBe(2);
  });

  test('401 for ever: a refused login that names what to correct, and no hammering (13)', async () => {
    const { system, connection } = await start();
    system.misbehave({ kind: 'status', status: 401, match: 'GET /items' });
    const failure = await failureOf(readPage(connection));
    expect(failure).toMatchObject({ code: 'CREDENTIAL', message: expect.stringContaining('credentials') });
    expect(failure.message).toContain('erp: GET /items/all');
    const logins = system.journal.count('POST /login');
    expect((await failureOf(readPage(connection))).code).toBe('CREDENTIAL');
    expect(system.journal.count('POST /login')).toBe(logins);
    system.behave();
    expect(await connection.check()).toMatchObject({ status: 'ok', product: 'test' });
    expect((await readPage(connection)).value.records).toHaveLength(5);
  });

  test('a login that is refused', async () => {
    const { system, connection } = await start();
    system.state.refuseLogin = true;
    expect((await failureOf(readPage(connection))).code).toBe('CREDENTIAL');
    expect(await connection.check()).toMatchObject({ status: 'auth', fix: expect.stringContaining('credentials') });
  });

  test('a session is renewed before its end', async () => {
    const { system, connection } = await start({ sessionLife: 1e-6 });
    await readPage(connection);
    await readPage(connection);
    expect(system.journal.entries().filter((entry) => entry.status === 401)).toEqual([]);
    expect(system.journal.count('POST /login')).toBe(2);
  });

  test.each([
    ['seconds', '1'],
    ['an HTTP date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('429 with Retry-After as %s (9)', async (_, after) => {
    const { system, connection } = await start();
    await readPage(connection);
    const retryAfter = typeof after === 'string' ? after : after();
    system.misbehave({ kind: 'status', status: 429, retryAfter, times: 1 });
    const { value } = await readPage(connection);
    expect(value.records).toHaveLength(5);
    const [refused, again] = system.journal.entries('GET /items').slice(-2);
    expect(again!.at - refused!.at).toBeGreaterThanOrEqual(900);
  });

  test('429 without Retry-After: less often for a while, all calls alike (9)', async () => {
    const { system, connection } = await start();
    await readPage(connection);
    system.misbehave({ kind: 'status', status: 429, times: 1 });
    await readPage(connection);
    const [refused, again] = system.journal.entries('GET /items').slice(-2);
    expect(refused?.status).toBe(429);
    expect(again!.at - refused!.at).toBeGreaterThanOrEqual(450);
  });

  test('429 with a long wait: told with its time, not waited out (9)', async () => {
    const { system, connection } = await start();
    system.misbehave({ kind: 'status', status: 429, retryAfter: 3600, match: 'GET /items' });
    const failure = await failureOf(readPage(connection));
    expect(failure).toMatchObject({ code: 'RATE_LIMITED', message: expect.stringMatching(/calls go on at 20/) });
    const before = system.journal.count();
    expect((await failureOf(readPage(connection, 'interactive'))).code).toBe('RATE_LIMITED');
    expect(system.journal.count()).toBe(before);
  });

  test('429 while the session expires in the wait (10)', async () => {
    const { system, connection } = await start();
    await readPage(connection);
    system.misbehave({ kind: 'status', status: 429, retryAfter: 1, times: 1 });
    const reading = readPage(connection);
    system.expireSessions();
    expect((await reading).value.records).toHaveLength(5);
    expect(system.journal.count('POST /login')).toBe(2);
  });

  test.each([500, 502, 503, 504, 408])('%i that passes is retried', async (status) => {
    const { system, connection } = await start();
    system.misbehave({ kind: 'status', status, match: 'GET /items', times: 2 });
    expect((await readPage(connection)).value.records).toHaveLength(5);
    expect(system.journal.count('GET /items')).toBe(3);
  });

  test('a write is not repeated after a 500', async () => {
    const { system, connection } = await start();
    system.misbehave({ kind: 'status', status: 500, match: 'POST /items/lookup' });
    const writing = connection.call({ priority: 'background' }, (http) =>
      http.json({ method: 'POST', path: 'items/lookup', body: { keys: [] } }),
    );
    expect((await failureOf(writing)).code).toBe('TRANSIENT');
    expect(system.journal.count('POST /items/lookup')).toBe(1);
  });

  test.each([
    ['reset', 'reset', 'TRANSIENT', 'connection'],
    ['truncated body', 'truncate', 'TRANSIENT', 'cut'],
    ['HTML instead of JSON', 'html', 'CONTRACT', 'web page instead of data'],
    ['timeout', 'hang', 'TRANSIENT', 'did not answer within'],
  ])('%s is a named error that a person can act on', async (_, kind, code, words) => {
    const { system, connection } = await start();
    system.misbehave({ kind, match: 'GET /check' });
    const failure = await failureOf(
      connection.call({ priority: 'interactive' }, (http) =>
        http.json({ path: 'check', query: { q: 'private' }, timeout: 200 }),
      ),
    );
    expect(failure).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(failure.message).toContain('erp: GET /check');
    expect(failure.message).not.toMatch(/private|pa55word|127\.0\.0\.1/);
  });

  test.each([
    [403, 'CREDENTIAL'],
    [404, 'NOT_FOUND'],
    [409, 'CONFLICT'],
    [400, 'CONTRACT'],
    [302, 'CONTRACT'],
  ])('%i is %s', async (status, code) => {
    const { system, connection } = await start();
    system.misbehave({ kind: 'status', status, body: 'secret stack trace', match: 'GET /items' });
    const failure = await failureOf(readPage(connection));
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain('stack trace');
    expect(system.journal.count('GET /items')).toBe(1);
  });

  test('another content type than JSON', async () => {
    const { system, connection } = await start();
    const headers = { 'content-type': 'application/xml' };
    system.misbehave({ kind: 'status', status: 200, body: '<a/>', headers, match: 'GET /items' });
    expect(await failureOf(readPage(connection))).toMatchObject({
      code: 'CONTRACT',
      message: expect.stringContaining('another content type'),
    });
  });

  test('a next link to another server is not followed', async () => {
    const { connection } = await start();
    const reading = connection.call({ priority: 'background' }, (http) => http.json({ path: 'http://127.0.0.1:1/x' }));
    expect(await failureOf(reading)).toMatchObject({
      code: 'CONTRACT',
      message: expect.stringContaining('another server'),
    });
    const trick = connection.call({ priority: 'background' }, (http) => http.json({ path: '//evil.example/x' }));
    expect((await failureOf(trick)).code).toBe('CONTRACT');
  });

  test('the start of a read is that of its successful attempt', async () => {
    const { system, connection } = await start();
    system.misbehave({ kind: 'status', status: 503, match: 'GET /items', times: 1 });
    const { startedAt } = await readPage(connection);
    expect(startedAt).toBeGreaterThan(system.journal.entries('GET /items')[0]!.at);
  });
});

describe('the circuit breaker', () => {
  test('opens, lets interactive reads fail at once, and closes when the system is back (8)', async () => {
    const { system, connection } = await start();
    await readPage(connection);
    const states: string[] = [];
    connection.onBreaker((state) => states.push(state));
    system.misbehave({ kind: 'reset' });
    for (let i = 0; i < 3; i++) await failureOf(readPage(connection, 'interactive'));
    expect(connection.status().breaker).toBe('open');
    const before = system.journal.count();
    expect(await failureOf(readPage(connection, 'interactive'))).toMatchObject({
      code: 'TRANSIENT',
      message: expect.stringContaining('left alone'),
    });
    expect(system.journal.count()).toBe(before);
    system.behave();
    while (connection.status().breaker === 'open') await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await readPage(connection)).value.records).toHaveLength(5);
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });
});

describe('the budget', () => {
  test('keeps to the limits per second and at once, interactive reads first', async () => {
    const { system, connection } = await start({}, { limits: { concurrency: 2, requestsPerSecond: 10 } });
    await readPage(connection);
    system.journal.reset();
    const order: string[] = [];
    const done = (name: string) => () => order.push(name);
    const background = Array.from({ length: 14 }, () => readPage(connection).then(done('background')));
    const interactive = Array.from({ length: 3 }, () => readPage(connection, 'interactive').then(done('interactive')));
    await Promise.all([...background, ...interactive]);
    expect(order.slice(0, 4).filter((name) => name === 'interactive')).toHaveLength(3);
    const times = system.journal.entries().map((entry) => entry.at);
    // A second between them when they begin; on their way to the system they may come a little closer.
    for (let i = 10; i < times.length; i++) expect(times[i]! - times[i - 10]!).toBeGreaterThanOrEqual(700);
  });

  test('is shared by two threads of one connection', async () => {
    const { system } = await start();
    const settings = { url: system.url, user: 'hub', password: 'x', limits: { concurrency: 2 } };
    const connections = openConnections({ erp: testConnector(settings) });
    closers.push(connections.close);
    const calls = 30;
    const worker = new Worker(new URL('./capture-budget-worker.ts', import.meta.url), {
      workerData: { settings, shared: connections.shared, calls },
      execArgv: ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning'],
    });
    await once(worker, 'message');
    const done = once(worker, 'message');
    worker.postMessage('go');
    const call = () =>
      connections.get('erp').call({ priority: 'interactive' }, (http) => http.json({ path: 'slowly' }));
    await Promise.all(Array.from({ length: calls }, call));
    await done;
    // Background calls leave one of the two slots free; together with interactive ones they never take a third.
    expect(system.state.mostUnderWay).toBe(2);
    expect(connections.get('erp').status().requests).toBe(system.journal.count());
    expect(connections.get('erp').status().budget.inUse).toBe(0);
    await worker.terminate();
  });

  test("pauses background work at 80 % of the day, by the vendor's count, and tells until when (9)", async () => {
    const { system, connection } = await start();
    system.misbehave({
      kind: 'status',
      status: 200,
      body: '{"records":[]}',
      headers: { 'x-quota': '80/100', 'content-type': 'application/json' },
      match: 'GET /items',
      times: 1,
    });
    await readPage(connection);
    const failure = await failureOf(readPage(connection));
    expect(failure).toMatchObject({ code: 'RATE_LIMITED', quota: 'day', retryAfter: expect.any(Number) });
    expect(connection.status().budget).toMatchObject({ usedToday: 80, dailyLimit: 100 });
    expect((await readPage(connection, 'interactive')).value.records).toHaveLength(5);
  });
});

describe('a stream', () => {
  test('looks many keys up in few calls, together with other callers, matched by normalised key', async () => {
    const { system, connection } = await start({ items: 45 });
    const stream = connection.stream('items');
    await readPage(connection);
    system.journal.reset();
    const keys = system.items.select().map((row) => row.id);
    const [all, some] = await Promise.all([stream.lookupMany(keys), stream.lookupMany(['ITEM-00001', 'item-99999'])]);
    expect(all.size).toBe(45);
    expect([...some.keys()]).toEqual(['ITEM-00001']);
    expect(some.get('ITEM-00001')).toMatchObject({ record: { key: 'item-00001' }, startedAt: expect.any(Number) });
    expect(system.journal.count('POST /items/lookup')).toBe(3);
  });

  test('composes the extension after the mapping and changes its fingerprint', async () => {
    const { system, connection } = await start();
    const extended = connect(system, {
      extend: {
        items: {
          select: ['loyalty'],
          map: (source) => ({ Product: { group: source.name.toUpperCase() }, Lead: { name: 'x' } }),
        },
      },
    });
    const record = { key: 'a', source: { id: 'a', name: 'n' } };
    expect(extended.stream('items').map(record)).toEqual([
      { entity: 'Product', values: { number: 'a', name: 'n', group: 'N' } },
      { entity: 'Lead', values: { name: 'x' } },
    ]);
    expect(extended.stream('items').select).toEqual(['loyalty']);
    expect(extended.stream('items').fingerprint).not.toBe(connection.stream('items').fingerprint);
    expect(extended.stream('notes').fingerprint).toBe(connection.stream('notes').fingerprint);
  });
});

describe('a wrong config', () => {
  const open = (settings: object, env: Record<string, string> = {}) =>
    openConnections(
      { erp: testConnector({ url: 'http://127.0.0.1:1', user: 'hub', password: 'x', ...settings }) },
      { env },
    );

  test.each([
    ['url', { url: 'no url' }, 'connection "erp": url: '],
    ['streams', { streams: ['itms'] }, 'no stream "itms". Use one of: items, notes, plain'],
    ['limits.concurrency', { limits: { concurrency: 99 } }, 'the vendor allows 4'],
    ['maxDeleteShare', { maxDeleteShare: 7 }, 'maxDeleteShare'],
  ])('names the field %s and the fix', (field, settings, words) => {
    expect(() => open(settings)).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining(words) }),
    );
    expect(() => open(settings)).toThrow(expect.objectContaining({ details: { connection: 'erp', field } }));
  });

  test('a secret comes from the environment or a file, and is named when it is missing', () => {
    const password = secret('ERP_PASSWORD') as unknown as string;
    expect(() => open({ password })).toThrow(/password: the secret ERP_PASSWORD is not set.*ERP_PASSWORD_FILE/s);
    expect(() => open({ password }, { ERP_PASSWORD_FILE: '/does/not/exist' })).toThrow(/cannot be read/);
    expect(() => open({ password }, { ERP_PASSWORD: 'x' })).not.toThrow();
  });
});
