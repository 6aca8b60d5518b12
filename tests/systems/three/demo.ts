/** Four real products, one company's world in them, and a hub over it, until Ctrl-C. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage, ROOT } from '../../support/build.ts';
import { type HubProcess, startHubProcess } from '../../support/hub-process.ts';
import { missingForThree, startSystems } from './systems.ts';

const missing = missingForThree();
if (missing !== undefined) {
  console.error(`This needs ${missing}.`);
  process.exit(1);
}

const startedAt = Date.now();
const say = (text: string) => console.log(`${((Date.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}`);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
const signalled = new Promise<void>((resolve) => {
  ending.signal.addEventListener('abort', () => {
    say('ending everything');
    resolve();
  });
});

say('building Isthmus');
await buildPackage();
say('the systems: starting. The first time they are installed, which takes some minutes');
const size = { customers: 30, cases: 40, documents: 100 };
const systems = await startSystems(size, say, ending.signal).catch((error: unknown) => {
  if (ending.signal.aborted) process.exit(130);
  throw error;
});
const folder = mkdtempSync(join(tmpdir(), 'isthmus-real-'));
let hub: HubProcess | undefined;
try {
  if (!ending.signal.aborted) await runHub();
} finally {
  await hub?.stop();
  await systems.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function runHub(): Promise<void> {
  say('the hub: starting');
  hub = await startHubProcess({
    config: join(ROOT, 'tests/systems/three/three.config.ts'),
    data: folder,
    env: { ...systems.env, CRM_HOOK_SECRET: systems.hookSecret, SWEEP_EVERY: '30', PORT: process.env.PORT ?? '4000' },
  });
  systems.pushes.target = hub.url;
  await hub.ready();
  say('ready');
  console.log(whereToLook(hub.url));
  const over = await Promise.race([signalled, hub.ended]);
  if (over) throw new Error(`The hub ended; it printed:\n${hub.output()}`);
}

function whereToLook(url: string): string {
  const { erp, crm, records, desk } = systems;
  const lines = [
    ['Explore', `${url}/graphql`, 'the README’s query runs as it stands'],
    [
      'Tryton',
      erp.url,
      `database ${erp.database}, ${erp.user} / ${erp.password}, for its desktop client; JSON-RPC at /${erp.database}/rpc/`,
    ],
    ['BottleCRM', `${crm.url}/api/`, `Authorization: Bearer ${crm.token}, also at /schema/`],
    ['OpenCMIS', records.url, `${records.user} / ${records.password}`],
    ...(desk ? [['Request Tracker', desk.url, 'root / RootPass-1']] : []),
  ];
  const text = lines.map(([name, address, how]) => `  ${name!.padEnd(16)} ${address!.padEnd(42)} ${how}`).join('\n');
  return `\nOne graph over ${lines.length - 1} real systems. Change something in one of them and ask again.\n\n${text}\n\nCtrl-C ends it and everything it started.`;
}
