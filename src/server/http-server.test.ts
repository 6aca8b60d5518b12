import { get, type IncomingHttpHeaders } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NotFoundError } from '#sdk';
import { createContentLinks } from './content-links.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';

const bytes = new TextEncoder().encode('0123456789');
let now = 1_000_000;
let reason: string | undefined;
let server: HttpServer;
let apollo: ApolloServer;
const links = createContentLinks({ lifetimeSeconds: 60, now: () => now });
const target = { connection: 'dms', stream: 'document', key: 'ä/1' };

beforeAll(async () => {
  apollo = new ApolloServer({
    typeDefs: 'type Query { greeting: String }',
    resolvers: { Query: { greeting: () => 'hello' } },
  });
  await apollo.start();
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: ['hub.example.com'],
    maxBodyBytes: 1000,
    apollo,
    links,
    queries: [{ title: 'One', query: 'query Prepared { greeting }' }],
    notReady: () => reason,
    readContent: async ({ key }, range) => {
      if (key === 'gone') throw new NotFoundError('gone');
      const end = Math.min(range?.end ?? 9, 9);
      const part = range ? bytes.subarray(range.start, end + 1) : bytes;
      return {
        stream: new Blob([part]).stream(),
        mimeType: 'application/pdf',
        fileName: 'Offer "A".pdf',
        length: part.length,
        ...(range && { range: { start: range.start, end, total: 10 } }),
      };
    },
  });
});
afterAll(async () => {
  await server.close();
  await apollo.stop();
});

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

function withHost(host: string): Promise<{ status: number; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    get({ port: server.port, host: '127.0.0.1', path: '/health/live', headers: { host } }, (reply) => {
      reply.resume();
      resolve({ status: reply.statusCode ?? 0, headers: reply.headers });
    }).on('error', reject);
  });
}

describe('graphql', () => {
  test('answers a query and sends no CORS headers', async () => {
    const reply = await post(JSON.stringify({ query: '{ greeting }' }), { origin: 'http://localhost:3000' });
    expect(await reply.json()).toEqual({ data: { greeting: 'hello' } });
    expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('a body over the limit and one that is no JSON are refused with a code', async () => {
    const large = await post(JSON.stringify({ query: `{ greeting } #${'x'.repeat(1000)}` }));
    expect(large.status).toBe(413);
    expect(((await large.json()) as { errors: unknown[] }).errors[0]).toMatchObject({
      extensions: { code: 'BODY_TOO_LARGE' },
    });
    const broken = await post('{"query":');
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('a browser gets the explorer with the prepared queries and nothing from another host', async () => {
    const reply = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
    const page = await reply.text();
    expect(page).toContain('query Prepared');
    expect(page).not.toMatch(/<script[^>]+src=|<link[^>]+href="http/);
  });
});

describe('loopback only', () => {
  test('a Host or Origin that is neither loopback nor allowed is refused', async () => {
    expect((await withHost('evil.example.org')).status).toBe(403);
    expect((await withHost(`localhost:${server.port}`)).status).toBe(200);
    expect((await withHost('hub.example.com')).status).toBe(200);
    expect((await post('{}', { origin: 'https://evil.example.org' })).status).toBe(403);
    expect((await post('{}', { origin: 'null' })).status).toBe(403);
  });

  test('an address that others could reach is refused, and so is a taken port', async () => {
    const options = {
      port: 0,
      allowedHosts: [],
      maxBodyBytes: 1,
      apollo,
      links,
      queries: [],
      notReady: () => undefined,
    };
    const readContent = async () => {
      throw new NotFoundError('none');
    };
    await expect(startHttpServer({ ...options, readContent, host: '0.0.0.0' })).rejects.toThrow(
      /server\.host.*loopback only/,
    );
    await expect(startHttpServer({ ...options, readContent, host: '127.0.0.1', port: server.port })).rejects.toThrow(
      /taken.*PORT=/,
    );
  });
});

test('readiness follows the graph, liveness does not', async () => {
  reason = 'the first snapshot is still running';
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  reason = undefined;
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
});

describe('content', () => {
  test('streams the whole, a range, and the head', async () => {
    const url = server.url + links.sign(target);
    const whole = await fetch(url);
    expect(await whole.text()).toBe('0123456789');
    expect(whole.headers.get('content-type')).toBe('application/pdf');
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
  });

  test('a changed, an expired and an orphaned link are refused', async () => {
    const path = links.sign(target);
    expect((await fetch(`${server.url}${path}x`)).status).toBe(404);
    expect((await fetch(`${server.url}/content/e30.${path.split('.')[1]}`)).status).toBe(404);
    expect((await fetch(server.url + links.sign({ ...target, key: 'gone' }))).status).toBe(404);
    now += 61_000;
    expect((await fetch(server.url + path)).status).toBe(410);
  });
});
