/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openConnections } from '#connections';
import { launchEngineThread } from './engine-client.ts';

/** In the engine's thread `process.exit` ends that thread alone, as a crash would. */
const config = (endWhen: string) => `
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (!isMainThread) setInterval(() => existsSync(${JSON.stringify(endWhen)}) && process.exit(7), 10).unref();
export default { connections: {}, webhooks: { allowHttp: true, allowPrivate: true } };
`;

test('what the engine is asked when its thread dies is rejected, and so is what is asked later', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-engine-'));
  const endWhen = join(folder, 'end');
  // Never answers, so the call is under way for long; its first request ends the engine.
  const receiver = createServer(() => writeFileSync(endWhen, ''));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const launched = launchEngineThread();
  try {
    const configFile = join(folder, 'hub.config.mjs');
    writeFileSync(configFile, config(endWhen));
    const env = { ISTHMUS_DATA: join(folder, 'data') };
    const { shared } = openConnections({}, { env, participant: 0 });
    const engine = await launched.start({ configFile, env, shared }, () => {});
    expect(await engine.calls.approveDeletions('erp', 'none')).toBe(false);
    const { port } = receiver.address() as AddressInfo;
    await expect(
      engine.calls.createWebhook({ url: `http://127.0.0.1:${port}/`, entities: ['Nothing'] }),
    ).rejects.toMatchObject({ code: 'CONFIG', details: { field: 'entities' } });
    const { id } = await engine.calls.createWebhook({ url: `http://127.0.0.1:${port}/`, entities: ['Customer'] });
    const underWay = engine.calls.testWebhook(id);
    await expect(underWay).rejects.toThrow("The engine's thread ended by itself");
    await expect(engine.failed).rejects.toThrow("The engine's thread ended by itself");
    await expect(engine.calls.approveDeletions('erp', 'none')).rejects.toThrow("The engine's thread ended");
  } finally {
    await launched.end();
    receiver.closeAllConnections();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
