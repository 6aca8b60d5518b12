import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { COMMAND } from '../../support/build.ts';
import { freePort } from '../../support/free-port.ts';
import { plainEnvironment } from '../../support/hub-process.ts';
import { startProcess } from '../../support/started-process.ts';
import type { Enterprise } from '../enterprise.ts';
import { startEnterprise } from '../enterprise.ts';
import { configFile, filled, residentMegabytes, startHub } from '../hub.ts';
import { sendRequests } from '../load.ts';
import { LIST_QUERY } from '../queries.ts';
import { type BenchResult, median, result } from '../result.ts';

const LAUNCHES = 3;
const REQUESTS = 10_000;

/** From launch to ready with a filled store, and what the hub weighs; against a Node process that does nothing. */
export async function start(): Promise<BenchResult[]> {
  const enterprise = await startEnterprise(1);
  try {
    const folder = enterprise.newFolder();
    const first = await startHub(enterprise, { config: 'quiet', folder });
    await filled(first);
    await first.stop();
    const launches: number[] = [];
    const floors: number[] = [];
    for (let launch = 0; launch < LAUNCHES; launch++) {
      launches.push(await secondsToReady(enterprise, folder));
      floors.push(await secondsOfBareServer());
    }
    const goal = { text: '≤ 2 s', isMet: (_ratio: number, value: number) => value <= 2 };
    const figures = { value: median(launches), floor: median(floors), unit: 's' };
    return [result('start', figures, goal), await memory(enterprise, folder)];
  } finally {
    await enterprise.stop();
  }
}

/** On a port known beforehand: waiting for what it prints would be measured too. */
async function secondsToReady(enterprise: Enterprise, folder: string): Promise<number> {
  const port = await freePort();
  const env = plainEnvironment({ ...enterprise.env, ISTHMUS_DATA: folder, PORT: String(port) });
  const launchedAt = performance.now();
  const hub = startProcess(process.execPath, [COMMAND, 'start', '--config', configFile('quiet')], { env });
  await answering(`http://127.0.0.1:${port}/health/ready`);
  const seconds = (performance.now() - launchedAt) / 1000;
  hub.signal('SIGTERM');
  await hub.ended;
  return seconds;
}

async function answering(url: string): Promise<void> {
  const isOk = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isOk())) await wait(5);
}

const BARE = `require('node:http').createServer((q, r) => r.end('ok')).listen(+process.argv[1], '127.0.0.1')`;

async function secondsOfBareServer(): Promise<number> {
  const port = await freePort();
  const launchedAt = performance.now();
  const child = spawn(process.execPath, ['-e', BARE, String(port)], { stdio: 'ignore' });
  await answering(`http://127.0.0.1:${port}/`);
  const seconds = (performance.now() - launchedAt) / 1000;
  child.kill();
  return seconds;
}

/** Idle, and after many requests: the second half of them must not make it grow any more. */
async function memory(enterprise: Enterprise, folder: string): Promise<BenchResult> {
  const hub = await startHub(enterprise, { config: 'quiet', folder });
  try {
    await hub.ready();
    await wait(2000);
    const target = { url: `${hub.url}/graphql`, query: LIST_QUERY };
    const idle = residentMegabytes(hub.pid);
    await sendRequests(target, REQUESTS / 2);
    const half = residentMegabytes(hub.pid);
    await sendRequests(target, REQUESTS / 2);
    await wait(2000);
    const after = residentMegabytes(hub.pid);
    const goal = {
      text: '≤ 200 MB after 10,000 requests, no growth',
      isMet: () => Math.max(idle, after) <= 200 && after <= half * 1.1,
    };
    return result('memory', { value: after, floor: idle, unit: 'MB' }, goal, {
      idle: Math.round(idle),
      half: Math.round(half),
    });
  } finally {
    await hub.stop();
  }
}
