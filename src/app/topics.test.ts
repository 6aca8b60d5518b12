import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ConnectionDefinition, HubConfig } from '#sdk';
import { openStore, type Store } from '#store';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { readConfig } from './hub-config.ts';
import { startTopics } from './topics.ts';

const connection = { connector: {}, manifest: {}, settings: {}, common: {} } as unknown as ConnectionDefinition;
const settings = (topics?: HubConfig['topics']) =>
  readConfig({ connections: { erp: connection }, ...(topics && { topics }) }, '/etc/isthmus.config.ts', {});

let store: Store;
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-topics-'));
  store = await openStore({ kind: 'sqlite', folder }, testModel(), { role: 'writer' });
});
afterEach(() => store.close());

test('without brokers in the config nothing can be published again, and the error says what to do', async () => {
  const topics = await startTopics(settings(), store, () => {});
  await expect(topics.commands.rebuildStates()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  await expect(topics.commands.replay({ entity: 'Customer', from: 0 })).rejects.toThrow(/--group/);
  await expect(topics.commands.resetGroup('nobody', 0)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await topics.stop();
});

test('a hub starts and stops while its brokers are away, and says so', async () => {
  const errors: unknown[] = [];
  const away = settings({ kind: 'kafka', brokers: ['127.0.0.1:1'] });
  const topics = await startTopics(away, store, (error) => errors.push(error));
  expect(errors[0]).toMatchObject({ code: 'TRANSIENT' });
  await topics.stop();
});

test('a policy for data that is not personal is refused', async () => {
  const wrong = settings({ kind: 'kafka', brokers: ['127.0.0.1:1'], personal: { Customer: ['name'] } as never });
  await expect(startTopics(wrong, store, () => {})).rejects.toMatchObject({ code: 'CONFIG' });
});
