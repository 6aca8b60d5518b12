import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { retryAfterMs, Sender } from './sender.ts';
import { DEFAULT_WEBHOOKS, type WebhookSettings } from './settings.ts';
import { newSecret } from './signature.ts';

const servers: Server[] = [];
const senders: Sender[] = [];

afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const serve = (answer: RequestListener) => listen(createServer(answer));

function sender(settings: Partial<WebhookSettings>, resolve?: (name: string) => Promise<readonly string[]>) {
  const made = new Sender({ ...DEFAULT_WEBHOOKS, allowHttp: true, ...settings }, resolve);
  senders.push(made);
  return made;
}

const message = { id: 'i', body: '{}' };
const post = (by: Sender, url: string) => by.send({ url, secrets: [newSecret()] }, message, Date.now());

test('a name that resolves to a public address first and to a private one when it is called gains nothing', async () => {
  let calls = 0;
  const port = await serve((_, response) => {
    calls += 1;
    response.end();
  });
  const answers = [['93.184.215.14'], ['127.0.0.1']];
  const rebinding = async () => answers.shift() ?? ['127.0.0.1'];
  // The check at creation has had the first answer; the connect gets the second one and looks at it itself.
  await rebinding();
  const attempt = await post(sender({}, rebinding), `http://rebound.example:${port}/`);
  expect(attempt).toMatchObject({ taken: false, status: null, error: expect.stringContaining('leads to 127.0.0.1') });
  expect(calls).toBe(0);
});

test('a name is resolved once for each connect, and called at the address that was checked', async () => {
  let hosts: string[] = [];
  const port = await serve((request, response) => {
    hosts = [...hosts, String(request.headers.host)];
    response.end();
  });
  let connects = 0;
  servers.at(-1)?.on('connection', () => {
    connects += 1;
  });
  let lookups = 0;
  const resolve = async () => {
    lookups += 1;
    return ['127.0.0.1'];
  };
  const by = sender({ allowPrivate: true }, resolve);
  const url = `http://receiver.example:${port}/`;
  expect(await post(by, url)).toMatchObject({ taken: true, status: 200 });
  expect(await post(by, url)).toMatchObject({ taken: true });
  expect(hosts).toEqual([`receiver.example:${port}`, `receiver.example:${port}`]);
  expect(lookups).toBe(connects);
});

test('an address in the URL is checked at the connect too', async () => {
  const port = await serve((_, response) => void response.end());
  const by = sender({ allowPrivate: ['10.0.0.0/8'] });
  for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', '[::1]']) {
    expect(await post(by, `http://${host}:${port}/`)).toMatchObject({
      taken: false,
      error: expect.stringContaining('loopback address'),
    });
  }
});

test('an endpoint that does not answer, or never stops answering, costs a bounded time', async () => {
  const silent = await serve(() => {});
  const endless = await serve((_, response) => {
    response.writeHead(200);
    const write = () => {
      while (response.write('x'.repeat(64 * 1024)));
    };
    response.on('drain', write);
    write();
  });
  const by = sender({ allowPrivate: true, timeoutSeconds: 0.3 });
  expect(await post(by, `http://127.0.0.1:${silent}/`)).toMatchObject({
    taken: false,
    error: 'did not answer within 0.3 s',
  });
  expect(await post(by, `http://127.0.0.1:${endless}/`)).toMatchObject({ taken: true, status: 200 });
});

test("TLS asks for the name and trusts no certificate of the receiver's own making", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const asked = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    execFileSync('openssl', [...asked, '-subj', '/CN=other.example', '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const names: string[] = [];
    const server = createTlsServer(
      {
        key: readFileSync(key),
        cert: readFileSync(cert),
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      },
      (_, response) => void response.end(),
    );
    const port = await listen(server as unknown as Server);
    const attempt = await post(
      sender({ allowPrivate: true }, async () => ['127.0.0.1']),
      `https://receiver.example:${port}/`,
    );
    expect(attempt.taken).toBe(false);
    expect(attempt.error).toMatch(/certificate/);
    expect(names).toContain('receiver.example');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('Retry-After is seconds or a date, and never more than a day', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(retryAfterMs('120', now)).toBe(120_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000);
  expect(retryAfterMs('99999999', now)).toBe(24 * 3600_000);
  for (const text of ['-1', '0', 'soon', 'Wed, 31 Dec 2025 00:00:00 GMT'])
    expect(retryAfterMs(text, now)).toBeUndefined();
});
