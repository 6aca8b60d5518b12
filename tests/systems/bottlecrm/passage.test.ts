import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openPassage, type Passage } from './passage.ts';

/** Far below what a client waits for an answer, far above what a cut line takes. */
const AT_ONCE_MS = 10_000;

describe('a door between two parts of a test', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function doorTo(target?: string): Promise<Passage> {
    const door = await openPassage(target);
    ends.push(() => door.close());
    return door;
  }

  async function server(listener: RequestListener): Promise<string> {
    const made = createServer(listener).listen(0, '127.0.0.1');
    await once(made, 'listening');
    ends.push(() => void made.close());
    return `http://127.0.0.1:${(made.address() as { readonly port: number }).port}`;
  }

  async function ask({ url }: Passage): Promise<string> {
    const answer = await fetch(url, { method: 'POST', body: 'x', signal: AbortSignal.timeout(AT_ONCE_MS) });
    return await answer.text();
  }

  test('lets through and keeps what went through', async () => {
    const door = await doorTo(await server((_request, answer) => answer.end('here')));
    expect(await ask(door)).toBe('here');
    expect(door.passed.map(({ method, status, body }) => `${method} ${status} ${body}`)).toEqual(['POST 200 x']);
  });

  test.each([
    ['it is shut', async () => undefined],
    ['nobody is there', async () => 'http://127.0.0.1:9'],
    ['the other side cuts the line', () => server(({ socket }) => socket.destroy())],
    [
      'the other side ends amid its answer',
      () =>
        server((_request, answer) =>
          answer.writeHead(200, { 'content-length': '9' }).write('half', () => answer.destroy()),
        ),
    ],
  ])('whoever asks is cut off at once where %s', async (_where, target) => {
    const failure = await ask(await doorTo(await target())).catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'TypeError' });
  });
});
