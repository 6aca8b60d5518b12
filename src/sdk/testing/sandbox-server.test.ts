import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  createRateLimit,
  createSandboxClock,
  createSandboxRouter,
  openSandboxStore,
  SandboxRefusal,
  type SandboxServer,
  type SandboxServerOptions,
  sandboxRequest,
  spawnSandboxProcess,
  startSandboxServer,
} from './index.ts';

let sandbox: SandboxServer | undefined;
const start = async (options: Omit<SandboxServerOptions, 'name'>) => {
  sandbox = await startSandboxServer({ name: 'test', ...options });
  return sandbox.url;
};
afterEach(async () => {
  await sandbox?.stop();
  sandbox = undefined;
});

describe('the router', () => {
  const router = createSandboxRouter()
    .on('GET', '/a/:id', (request) => ({ body: { id: request.params.id } }))
    .on(['PUT', 'PATCH'], '/a/:id', (request) => ({ body: { method: request.method, sent: request.json() } }))
    .on('POST', /^\/set\((?<key>[^)]*)\)$/, (request) => ({ body: { key: request.params.key } }))
    .on('*', '/files/*path', (request) => ({ body: { path: request.params.path } }));

  test('takes method and path apart, parameters decoded', async () => {
    const url = await start({ handler: router.handle });
    const json = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).json();
    expect(await json('/a/O%27Neil%2F1')).toEqual({ id: "O'Neil/1" });
    expect(await json('/a/1', { method: 'PATCH', body: '{"x":1}' })).toEqual({ method: 'PATCH', sent: { x: 1 } });
    expect(await json('/set(%2710%27)', { method: 'POST' })).toEqual({ key: "'10'" });
    expect(await json('/files/a/b%20c', { method: 'DELETE' })).toEqual({ path: 'a/b c' });
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });

  test('serves the parts of a batch without the network', async () => {
    const reply = await router.handle(sandboxRequest({ method: 'GET', url: '/a/7?x=1' }));
    expect(reply).toEqual({ body: { id: '7' } });
  });
});

describe('the server', () => {
  test('answers with text, bytes, streams, JSON or nothing', async () => {
    const replies = { '/t': 'text', '/b': Buffer.from('bytes'), '/j': [1], '/n': null };
    const url = await start({
      handler: (request) =>
        request.path === '/s'
          ? { headers: { 'content-type': 'x/y' }, body: Readable.from([Buffer.from('a'), Buffer.from('b')]) }
          : { status: 203, body: replies[request.path as keyof typeof replies] },
    });
    const seen = [];
    for (const path of ['/t', '/b', '/j', '/n', '/s']) {
      const answer = await fetch(url + path);
      seen.push([answer.status, answer.headers.get('content-type'), await answer.text()]);
    }
    expect(seen).toEqual([
      [203, 'text/plain;charset=utf-8', 'text'],
      [203, 'application/octet-stream', 'bytes'],
      [203, 'application/json;charset=utf-8', '[1]'],
      [203, null, ''],
      [200, 'x/y', 'ab'],
    ]);
  });

  test('refuses bodies over the limit, answers refusals and goes on after its own failures', async () => {
    const url = await start({
      bodyLimitBytes: 10,
      errorReply: (status) => ({ status, body: { code: status } }),
      handler: (request) => {
        throw new SandboxRefusal({ status: 409, body: { refused: request.text() } });
      },
    });
    const post = (body: string) => fetch(url, { method: 'POST', body });
    expect(await (await post('x'.repeat(11))).json()).toEqual({ code: 413 });
    const refused = await post('short');
    expect([refused.status, await refused.json()]).toEqual([409, { refused: 'short' }]);
  });

  test('has a clock that can be set and a store that others can watch', async () => {
    const clock = createSandboxClock({ precisionMs: 1000 });
    const store = openSandboxStore({
      clock,
      tables: { T: { key: 'id', stamp: (row, at) => ({ ...row, at: at.toISOString() }) } },
    });
    const url = await start({ store, handler: () => ({}), control: { own: () => ({ body: { own: true } }) } });
    const post = (path: string, body: object) => fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
    const set = await post('/__sandbox/clock', { freezeAt: '2026-01-01T00:00:00.600Z' });
    expect(await set.json()).toEqual({ now: '2026-01-01T00:00:00.000Z', precisionMs: 1000 });
    store.table('T').insert({ id: 'a' });
    await post('/__sandbox/late', { table: 'T', rows: [{ id: 'b' }], stampedAt: '2025-12-31T23:00:00Z' });
    const commits = await (await fetch(`${url}/__sandbox/commits?since=1&table=T`)).json();
    expect(commits).toMatchObject({
      last: 2,
      entries: [{ sequence: 2, key: 'b', operation: 'create', after: { at: '2025-12-31T23:00:00.000Z' } }],
    });
    expect(await (await fetch(`${url}/__sandbox/own`)).json()).toEqual({ own: true });
  });

  test('is stopped from outside', async () => {
    const url = await start({ handler: () => ({}) });
    expect((await fetch(`${url}/__sandbox/stop`, { method: 'POST' })).status).toBe(202);
    await sandbox?.stopped;
    await expect(fetch(url)).rejects.toThrow();
  });
});

test('a rate limit refuses by the second and by the day', () => {
  const clock = createSandboxClock();
  clock.freeze(0);
  const limit = createRateLimit({ perSecond: 2, perDay: 3 }, clock);
  expect([limit.take().allowed, limit.take().allowed]).toEqual([true, true]);
  expect(limit.take()).toMatchObject({ allowed: false, reason: 'perSecond' });
  clock.advance(1000);
  expect(limit.take().allowed).toBe(true);
  expect(limit.take()).toMatchObject({ allowed: false, reason: 'perDay', usedToday: 3 });
});

describe('a process of its own', () => {
  const main = new URL('./sandbox-main.fixture.ts', import.meta.url);

  test('starts from source, tells where it is and ends when told', async () => {
    const child = await spawnSandboxProcess(main, { greeting: 'hello' });
    expect(child.ready).toMatchObject({ url: child.url, greeting: 'hello' });
    expect(await (await fetch(child.url)).json()).toEqual({ greeting: 'hello' });
    await child.stop();
    expect(await child.exited).toBe(0);
    await expect(fetch(child.url)).rejects.toThrow();
  });

  test('ends when its parent is killed', async () => {
    const parent = await spawnSandboxProcess(main, { greeting: 'parent', withChild: true });
    const { url } = parent.ready.child as { url: string };
    expect((await fetch(url)).status).toBe(200);
    process.kill(parent.pid, 'SIGKILL');
    await parent.exited;
    let isUp = true;
    while (isUp)
      isUp = await fetch(`${url}/?${Math.random()}`).then(
        () => true,
        () => false,
      );
    expect(isUp).toBe(false);
  });

  test('that cannot start says why', async () => {
    const lines: string[] = [];
    const failing = spawnSandboxProcess(main, { fail: 'no licence' }, { onLog: (line) => lines.push(line) });
    await expect(failing).rejects.toThrow(/did not start: ended with exit code 1[\s\S]*no licence/);
    expect(lines.join('\n')).toMatch('no licence');
  });
});
