/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../support/build.ts';
import { plainEnvironment } from '../support/hub-process.ts';
import { startProcess } from '../support/started-process.ts';
import { sqlitePlaces } from '../systems/postgres/index.ts';
import { openWebhooks } from './webhooks-world.ts';

const EXAMPLE = join(ROOT, 'examples/receive-webhooks.ts');
const places = sqlitePlaces();

test('the page for receivers shows the example as it is', () => {
  expect(readFileSync(join(ROOT, 'docs/webhooks.md'), 'utf8')).toContain(readFileSync(EXAMPLE, 'utf8').trimEnd());
});

test('the example receiver verifies, takes each change once, and refuses what is not signed', async () => {
  const world = await openWebhooks(await places());
  const start = (secret: string) =>
    startProcess(process.execPath, ['--disable-warning=ExperimentalWarning', EXAMPLE], {
      env: plainEnvironment({ WEBHOOK_SECRET: secret, PORT: '0' }),
    });
  const first = start(`whsec_${Buffer.from('of somebody else').toString('base64')}`);
  const listening = /Listening .*port: (\d+)/s;
  const [, port] = await first.printed(listening);
  const url = `http://127.0.0.1:${port}/`;
  const { id, secret } = await world.webhooks.create({ url, entities: ['Customer'] });
  expect(await world.webhooks.test(id)).toMatchObject({ taken: false, status: 401 });
  first.signal('SIGKILL');
  await first.ended;
  const second = start(secret);
  try {
    const [, again] = await second.printed(listening);
    await world.webhooks.update(id, { url: `http://127.0.0.1:${again}/` });
    expect(await world.webhooks.test(id)).toMatchObject({ taken: true, status: 204 });
    await world.change(1, 1);
    await second.printed(/isthmus\.Customer\.changed\.v1 \S+ 1 create/);
    await world.webhooks.replay(id, { from: 0 });
    await world.change(2, 1);
    await second.printed(/ 2 update name/);
    expect(second.output().match(/ 1 create /g)).toHaveLength(1);
  } finally {
    second.signal('SIGKILL');
    await second.ended;
    await world.close();
  }
});
