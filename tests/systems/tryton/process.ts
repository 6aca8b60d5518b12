import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PythonEnvironment } from '../python.ts';

export interface RunningTrytond {
  /** Without a path. */
  readonly url: string;
  readonly port: number;
  /** Of the process that keeps it. */
  readonly pid: number;
  /** Kills it, with all that is under way. */
  end(): Promise<void>;
}

export interface RunOptions {
  /** Where its database lies. */
  readonly folder: string;
  readonly port?: number;
  /** Lines of the configuration, by section. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const DATABASE_NAME = 'erp';
const READY_WITHIN_MS = 120_000;

/** The configuration of a server whose database lies in `folder`. */
export function settingsIn(folder: string): string {
  return join(folder, 'trytond.conf');
}

/** Runs the server on a free port of 127.0.0.1, or on the given one. */
export async function runTrytond(environment: PythonEnvironment, options: RunOptions): Promise<RunningTrytond> {
  const { folder } = options;
  const port = options.port ?? (await freePort());
  const sections = {
    database: { uri: 'sqlite://', path: folder },
    web: { listen: `127.0.0.1:${port}` },
    ...options.settings,
  };
  const text = Object.entries(sections).map(
    ([section, lines]) =>
      `[${section}]\n${Object.entries(lines)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join('')}`,
  );
  const file = settingsIn(folder);
  await writeFile(file, text.join(''));
  const keeper = fileURLToPath(new URL('../keeper.ts', import.meta.url));
  const command = [...environment.script('trytond'), '-c', file, '-d', DATABASE_NAME];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', keeper, ...command], {
    detached: true,
    cwd: folder,
  });
  child.stdin.on('error', () => {});
  let log = '';
  const read = (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const gone = once(child, 'close').then(
    () => true as const,
    () => true as const,
  );
  const end = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    const isGone = await Promise.race([gone, setTimeout(100, false)]);
    if (!isGone && Date.now() < until) continue;
    await end();
    throw new Error(`Tryton did not start: ${isGone ? 'it ended' : `not ready within ${READY_WITHIN_MS} ms`}\n${log}`);
  }
  return { url, port, pid: child.pid!, end };
}

async function answers(url: string): Promise<boolean> {
  const body = JSON.stringify({ id: 1, method: 'common.server.version', params: [] });
  const headers = { 'content-type': 'application/json' };
  return await fetch(`${url}/rpc/`, { method: 'POST', headers, body }).then(
    async (answer) => {
      await answer.text();
      return answer.ok;
    },
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
