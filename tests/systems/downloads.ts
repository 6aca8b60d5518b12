/** What servers for tests share: the tools that Java ones need, and a copy that is downloaded once per machine. */
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const TOOL_TIMEOUT_MS = 300_000;
/** What a hook may take that starts a system: on a new machine it installs it first, or waits for who does. */
export const INSTALLED_WITHIN_MS = 30 * 60_000;
const LOCK_LIVES_MS = 15 * 60_000;

/** What this machine lacks of Java and Maven, as words for a person; undefined when both are there. */
export function missingTools(java: string): string | undefined {
  if (process.platform === 'win32') return 'a POSIX system';
  const missing = [
    ['java', '-version', `${java} (java)`],
    ['mvn', '--version', 'Maven (mvn)'],
  ].filter(([command, flag]) => spawnSync(command!, [flag!], { stdio: 'ignore' }).status !== 0);
  return missing.length === 0 ? undefined : missing.map(([, , title]) => title).join(' and ');
}

/**
 * The folder `name` in the cache. Where it is not there yet, `build` fills a new one that takes its place when it is
 * whole. Of several processes that want it at once one builds and the others wait.
 */
export async function preparedOnce(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const cache = cacheFolder();
  const home = join(cache, name);
  while (!existsSync(home)) {
    const release = await locked(`${home}.lock`);
    if (release === undefined) {
      await setTimeout(200);
      continue;
    }
    const building = await mkdtemp(join(cache, `${name}-building-`));
    try {
      if (existsSync(home)) return home;
      await build(building);
      // Whoever renames first wins; the others use what stands there.
      await rename(building, home).catch((error: unknown) => {
        if (!existsSync(home)) throw error;
      });
    } finally {
      await rm(building, { recursive: true, force: true });
      await release();
    }
  }
  return home;
}

/** Spares work, and no more: two that hold it at once, after a crash, still build in folders of their own. */
async function locked(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return () => rm(path, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > LOCK_LIVES_MS || (holder > 0 && !isAlive(holder))) await rm(path, { force: true });
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A Maven goal with a repository of its own: the user's may be read-only, absent, or in use by another Maven. */
export async function runMaven(problem: string, folder: string, goal: readonly string[]): Promise<void> {
  await runTool(problem, 'mvn', folder, ['-q', '-B', `-Dmaven.repo.local=${join(folder, 'repository')}`, ...goal]);
}

export async function runTool(
  problem: string,
  command: string,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  try {
    await promisify(execFile)(command, args, {
      cwd: folder,
      timeout: TOOL_TIMEOUT_MS,
      env: { ...process.env, ...env },
    });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${problem}: ${message.slice(0, 500)}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`, {
      cause: error,
    });
  }
}

/** The user's cache, or the temp folder where there is no home to write to. */
function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), '.cache');
  for (const folder of [join(base, 'isthmus'), join(tmpdir(), `isthmus-cache-${process.getuid?.() ?? 0}`)]) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // not writable: the next one
    }
  }
  throw new Error(`no folder to keep downloads in: neither ${base} nor ${tmpdir()} can be written`);
}
