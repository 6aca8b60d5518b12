import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSandboxRouter, type SandboxServer, startSandboxServer } from '../index.ts';

interface Page {
  readonly rows: readonly { readonly id?: number; readonly name: string }[];
}

let sandbox: SandboxServer;
let handled = 0;

const router = createSandboxRouter()
  .on('GET', '/rows', (request) => {
    handled += 1;
    const page = request.trouble('repeatPage') === undefined ? Number(request.query.get('page') ?? 1) : 1;
    const row = { id: page, name: `row ${page} ${'x'.repeat(500)}` };
    const { id: _, ...keyless } = row;
    return { body: { rows: [request.trouble('dropKey') === undefined ? row : keyless] } };
  })
  .on('POST', '/rows', () => {
    handled += 1;
    return { status: 201, body: { ok: true } };
  });

const get = (path = '/rows', init: RequestInit = {}) => fetch(`${sandbox.url}${path}`, init);
const post = (path: string, body: object) => get(path, { method: 'POST', body: JSON.stringify(body) });

beforeEach(async () => {
  handled = 0;
  sandbox = await startSandboxServer({
    name: 'troubled',
    handler: router.handle,
    errorReply: (status) => ({ status, body: [{ errorCode: `E${status}` }] }),
  });
});
afterEach(() => sandbox.stop());

describe('a status', () => {
  test.each([401, 429, 500, 503])('%i is answered with the product’s own body, as often as asked', async (status) => {
    const script = sandbox.misbehave({ kind: 'status', status, times: 2 });
    for (const expected of [status, status, 200]) expect((await get()).status).toBe(expected);
    expect(script.struck).toBe(2);
    expect(handled).toBe(1);
  });

  test('429 comes with or without Retry-After', async () => {
    sandbox.misbehave({ kind: 'status', status: 429, retryAfter: 7, times: 1 });
    sandbox.misbehave({ kind: 'status', status: 429, times: 1 });
    const first = await get();
    expect(first.headers.get('retry-after')).toBe('7');
    expect(await first.json()).toEqual([{ errorCode: 'E429' }]);
    expect((await get()).headers.get('retry-after')).toBeNull();
    expect((await get()).status).toBe(200);
  });

  test('strikes only what matches, after what may pass', async () => {
    sandbox.misbehave({ kind: 'status', status: 500, match: '^GET /rows\\?page=2', after: 1, times: 1 });
    const statuses = [];
    for (const page of [1, 2, 2, 2]) statuses.push((await get(`/rows?page=${page}`)).status);
    expect(statuses).toEqual([200, 200, 500, 200]);
  });

  test('may hide that the write was stored', async () => {
    sandbox.misbehave({ kind: 'status', status: 500, match: '^POST', handled: true, times: 1 });
    expect((await post('/rows', {})).status).toBe(500);
    expect(handled).toBe(1);
  });
});

describe('a body', () => {
  test('may be a logon page with status 200', async () => {
    sandbox.misbehave({ kind: 'html', times: 1 });
    const answer = await get();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch('text/html');
    expect(await answer.text()).toMatch('<form');
    expect(handled).toBe(0);
  });

  test('may be HTML with another status', async () => {
    sandbox.misbehave({ kind: 'html', status: 502, body: '<h1>Bad gateway</h1>' });
    const answer = await get();
    expect([answer.status, await answer.text()]).toEqual([502, '<h1>Bad gateway</h1>']);
  });

  test('may be cut short', async () => {
    sandbox.misbehave({ kind: 'truncate', times: 1 });
    const answer = await get();
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(((await (await get()).json()) as Page).rows[0]?.id).toBe(1);
  });

  test('may be the page before, or lack a key, where the sandbox plays that', async () => {
    sandbox.misbehave({ kind: 'repeatPage', match: 'page=2', times: 1 });
    sandbox.misbehave({ kind: 'dropKey', after: 1, times: 1 });
    const ids = [];
    for (const page of [2, 2, 2]) ids.push(((await (await get(`/rows?page=${page}`)).json()) as Page).rows[0]?.id);
    expect(ids).toEqual([1, undefined, 2]);
  });
});

describe('a connection', () => {
  test('may be reset, before or after the request was handled', async () => {
    sandbox.misbehave({ kind: 'reset', times: 1 });
    sandbox.misbehave({ kind: 'reset', handled: true, times: 1 });
    await expect(get()).rejects.toThrow();
    expect(handled).toBe(0);
    await expect(post('/rows', {})).rejects.toThrow();
    expect(handled).toBe(1);
    expect(sandbox.journal.entries().map((entry) => entry.status)).toEqual([0, 0]);
  });

  test('may hang until the client gives up, and does not keep the sandbox from stopping', async () => {
    const script = sandbox.misbehave({ kind: 'hang' });
    await expect(get('/rows', { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    const hanging = get();
    const outcome = expect(hanging).rejects.toThrow();
    while (script.struck < 2) await new Promise((resolve) => setImmediate(resolve));
    await sandbox.stop();
    await outcome;
  });

  test('may be slow, and then still answer or fail', async () => {
    sandbox.misbehave({ kind: 'slow', delayMs: 30 });
    sandbox.misbehave({ kind: 'status', status: 503, times: 1 });
    const startedAt = performance.now();
    expect((await get()).status).toBe(503);
    expect(performance.now() - startedAt).toBeGreaterThan(20);
    expect((await get()).status).toBe(200);
  });
});

describe('over HTTP', () => {
  test('misbehaviour is scripted, seen and ended', async () => {
    const asked = { kind: 'status', status: 401, match: 'GET /rows' };
    expect((await post('/__sandbox/misbehave', asked)).status).toBe(201);
    expect((await get()).status).toBe(401);
    const states = await (await get('/__sandbox/misbehave')).json();
    expect(states).toMatchObject({ scripts: [{ kind: 'status', struck: 1, isOver: false }] });
    await post('/__sandbox/behave', {});
    expect((await get()).status).toBe(200);
    expect((await post('/__sandbox/misbehave', {})).status).toBe(400);
  });

  test('requests are counted, control requests are not', async () => {
    await get('/rows?page=1');
    await get('/rows?page=2');
    await post('/rows', {});
    expect(await (await get('/__sandbox/requests?match=page%3D2')).json()).toMatchObject({ count: 1 });
    expect(sandbox.journal.count()).toBe(3);
    expect(sandbox.journal.count(/^POST/)).toBe(1);
    expect(sandbox.journal.entries()[0]).toMatchObject({ method: 'GET', url: '/rows?page=1', status: 200 });
    await post('/__sandbox/requests/reset', {});
    expect(sandbox.journal.count()).toBe(0);
  });
});
