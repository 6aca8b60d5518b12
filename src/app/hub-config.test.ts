import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type ConnectionDefinition, defineHub, type HubConfig, secret } from '#sdk';
import { importConfig, readConfig } from './hub-config.ts';

const connection = { connector: {}, manifest: {}, settings: {}, common: {} } as unknown as ConnectionDefinition;
const file = '/etc/isthmus/isthmus.config.ts';
const read = (config: object, env: NodeJS.ProcessEnv = {}) => readConfig(config as HubConfig, file, env);

describe('readConfig', () => {
  test('fills in defaults: loopback, port 4000, a SQLite store in the working folder', () => {
    const settings = read(defineHub({ connections: { erp: connection } }));
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 4000, limits: {}, maxClaims: 20 });
    expect(settings.store).toEqual({ kind: 'sqlite', folder: join(process.cwd(), '.isthmus') });
  });

  test('PORT and ISTHMUS_DATA win over the file; a PORT that is no port is refused', () => {
    const config = { connections: { erp: connection }, server: { port: 5000 } };
    expect(read(config, { PORT: '0' }).port).toBe(0);
    expect(read(config).port).toBe(5000);
    expect(read(config, { ISTHMUS_DATA: '/var/isthmus' }).store).toEqual({ kind: 'sqlite', folder: '/var/isthmus' });
    expect(() => read(config, { PORT: '80a' })).toThrow(/PORT is "80a".*0 to 65535/);
  });

  test('a secret is resolved from the environment, and its absence names the variable, never a value', () => {
    const config = { connections: { erp: connection }, store: { kind: 'postgresql', url: secret('HUB_DB') } };
    expect(read(config, { HUB_DB: 'postgresql://x' }).store).toEqual({ kind: 'postgresql', url: 'postgresql://x' });
    expect(() => read(config)).toThrow(/store\.url: the secret HUB_DB is not set/);
  });

  test('webhooks go to public addresses by https, patiently, unless the config says otherwise', () => {
    const webhooks = (more: object) => read({ connections: { erp: connection }, webhooks: more }).webhooks;
    expect(webhooks({})).toMatchObject({ allowPrivate: false, allowHttp: false, retry: { hours: 75 } });
    expect(webhooks({ allowPrivate: ['10.0.0.0/8'], retry: { hours: 100 } })).toMatchObject({
      allowPrivate: ['10.0.0.0/8'],
      retry: { firstSeconds: 5, longestSeconds: 3600, hours: 100 },
    });
    expect(() => webhooks({ allowPrivate: ['10.0.0.0'] })).toThrow(/webhooks\.allowPrivate.*10\.0\.0\.0\/8/s);
    expect(() => webhooks({ pauseAfterHours: 80 })).toThrow(/pauseAfterHours is 80; it must be below/);
    expect(() => webhooks({ allowprivate: true })).toThrow(/webhooks/);
  });

  test('topics are in the hub itself unless the config names brokers', () => {
    const topics = { kind: 'kafka', brokers: ['kafka-1:9092'] };
    const shared = { prefix: 'isthmus', retentionDays: 7, personal: {}, sources: {} };
    expect(read({ connections: { erp: connection } }).topics).toEqual({ kind: 'embedded', ...shared });
    expect(read({ connections: { erp: connection }, topics }).topics).toEqual({
      ...topics,
      ...shared,
      replication: undefined,
      sasl: undefined,
      tls: undefined,
    });
  });

  test("a login at the brokers and an authority's certificate come from secrets and files", () => {
    const ca = join(mkdtempSync(join(tmpdir(), 'isthmus-ca-')), 'ca.pem');
    writeFileSync(ca, 'PEM');
    const topics = {
      kind: 'kafka',
      brokers: ['kafka-1:9092'],
      sasl: { mechanism: 'scram-sha-512', username: 'hub', password: secret('KAFKA_PASSWORD') },
      tls: { ca },
    };
    expect(read({ connections: { erp: connection }, topics }, { KAFKA_PASSWORD: 'p' }).topics).toMatchObject({
      sasl: { mechanism: 'scram-sha-512', username: 'hub', password: 'p' },
      tls: { ca: ['PEM'] },
    });
    expect(() => read({ connections: { erp: connection }, topics })).toThrow(/topics\.sasl\.password.*KAFKA_PASSWORD/);
    const missing = { ...topics, tls: { ca: 'missing.pem' } };
    expect(() => read({ connections: { erp: connection }, topics: missing }, { KAFKA_PASSWORD: 'p' })).toThrow(
      /topics\.tls\.ca names the file \/etc\/isthmus\/missing\.pem/,
    );
  });

  test('streams with topics of their own are named, or all of a connection', () => {
    const erp = { ...connection, manifest: { streams: { partner: {}, order: {} } } };
    const sourcesOf = (sources: unknown) =>
      read({ connections: { erp }, topics: { kind: 'embedded', sources } }).topics.sources;
    expect(sourcesOf(true)).toEqual({ erp: ['partner', 'order'] });
    expect(sourcesOf({ erp: ['order'] })).toEqual({ erp: ['order'] });
    expect(() => sourcesOf({ erp: ['orders'] })).toThrow(/topics\.sources\.erp: "erp" reads no stream "orders"/);
    expect(() => sourcesOf({ crm: true })).toThrow(/topics\.sources\.crm: there is no connection/);
  });

  test.each([
    [{ connections: { erp: connection }, topics: { kind: 'kafka', brokers: [] } }, /topics\.brokers/],
    [
      { connections: { erp: connection }, topics: { kind: 'kafka', brokers: ['http://x'] } },
      /topics\.brokers.*host:port/,
    ],
    [
      {
        connections: { erp: connection },
        topics: { kind: 'kafka', brokers: ['a:1'], sasl: { mechanism: 'plain', username: 'u', password: 'p' } },
      },
      /topics\.sasl\.password: a password is never written here/,
    ],
    [
      { connections: { erp: connection }, topics: { kind: 'kafka', brokers: ['a:1'], tls: { cert: 'c' } } },
      /topics\.tls.*cert and key go together/,
    ],
    [{}, /connections/],
    [{ connections: { 'My ERP': connection } }, /connections\.My ERP.*letter/s],
    [{ connections: { erp: { url: 'x' } } }, /connections\.erp: a connection is what a connector returns/],
    [{ connections: { erp: connection }, server: { port: 70000 } }, /server\.port/],
    [{ connections: { erp: connection }, limits: { maxDepth: 0 } }, /limits\.maxDepth/],
    [{ connections: { erp: connection }, store: { kind: 'postgresql', url: 'mysql://x' } }, /store/],
    [
      { connections: { erp: connection }, model: ['missing.graphql'] },
      /model names the file .*missing\.graphql, which does not exist/,
    ],
  ])('refuses %j and names the field', (config, message) => {
    expect(() => read(config)).toThrow(message);
  });
});

describe('importConfig', () => {
  test('a missing file and one without a default export say what to do', async () => {
    await expect(importConfig('/nowhere/isthmus.config.ts')).rejects.toThrow(/no config file .*--config/);
    const empty = join(mkdtempSync(join(tmpdir(), 'isthmus-config-')), 'isthmus.config.mjs');
    writeFileSync(empty, 'export const hub = 1;');
    await expect(importConfig(empty)).rejects.toThrow(/no default export.*defineHub/);
  });
});
