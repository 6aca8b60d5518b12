/**
 * What Python servers for tests share: a Python that is new enough, and an environment with pinned packages that is
 * installed once per machine. It promises that an environment is whole or not there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preparedOnce, runTool } from './downloads.ts';

/** Which packages a system is made of. */
export interface PythonPackages {
  /** Names the folder in the cache. */
  readonly name: string;
  /** A requirements file in which every package has its exact version. */
  readonly requirements: URL;
  /** The oldest Python that they run on, such as `3.11`. */
  readonly atLeast: `3.${number}`;
}

/** An installed environment. Read only: any number of servers run from one copy. */
export interface PythonEnvironment {
  readonly folder: string;
  /** Its interpreter. */
  readonly python: string;
  /** Of its interpreter and its packages: keys what is derived from them. */
  readonly fingerprint: string;
  /** The command line of a script that a package brought: the scripts themselves name the folder they were built in. */
  script(name: string): readonly [command: string, ...args: string[]];
}

interface Interpreter {
  readonly path: string;
  readonly version: string;
}

const NEWEST = 14;
const found = new Map<string, Interpreter | undefined>();

/** What this machine lacks to run such packages, as words for a person; undefined when it can. */
export function missingPython(atLeast: PythonPackages['atLeast']): string | undefined {
  if (process.platform === 'win32') return 'a POSIX system';
  return interpreter(atLeast) === undefined ? `Python ${atLeast} or newer with venv and pip` : undefined;
}

/**
 * Whether a suite can run; where it cannot it says so and why, or fails where `ISTHMUS_REQUIRE_SYSTEMS` is 1.
 * To be asked while tests are collected.
 */
export function canRun(suite: string, missing: string | undefined): boolean {
  if (missing === undefined) return true;
  if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error(`${suite} needs ${missing}`);
  process.stdout.write(`SKIPPED ${suite}: ${missing}\n`);
  return false;
}

/** Installs the packages where needed; safe when several processes want them at once. */
export async function preparePython(packages: PythonPackages): Promise<PythonEnvironment> {
  const { name, requirements, atLeast } = packages;
  const base = interpreter(atLeast);
  if (base === undefined) throw new Error(`${name} needs ${missingPython(atLeast)}`);
  const pins = fileURLToPath(requirements);
  const fingerprint = createHash('sha256')
    .update(`${base.version}\n${base.path}\n${await readFile(pins, 'utf8')}`)
    .digest('hex')
    .slice(0, 12);
  const folder = await preparedOnce(`${name}-python-${fingerprint}`, async (building) => {
    const problem = `Python could not install ${name}`;
    await runTool(problem, base.path, building, ['-m', 'venv', '.']);
    await runTool(problem, join(building, 'bin', 'python'), building, [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--requirement', pins],
    ]);
    await rm(join(building, 'include'), { recursive: true, force: true });
  });
  const python = join(folder, 'bin', 'python');
  return { folder, python, fingerprint, script: (script) => [python, join(folder, 'bin', script)] };
}

/** The oldest that will do: packages are built for it first. */
function interpreter(atLeast: PythonPackages['atLeast']): Interpreter | undefined {
  if (!found.has(atLeast)) found.set(atLeast, findInterpreter(minorOf(atLeast)));
  return found.get(atLeast);
}

function findInterpreter(oldest: number): Interpreter | undefined {
  for (let minor = oldest; minor <= NEWEST; minor++) {
    for (const command of [`python3.${minor}`, ...pyenvVersions(minor)]) {
      const usable = tried(command, oldest);
      if (usable !== undefined) return usable;
    }
  }
  return tried('python3', oldest);
}

/** Versions that pyenv keeps are not on the path, or there as a command that refuses. */
function pyenvVersions(minor: number): readonly string[] {
  const versions = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions');
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .filter((version) => version.startsWith(`3.${minor}.`))
    .map((version) => join(versions, version, 'bin', 'python3'));
}

function tried(command: string, oldest: number): Interpreter | undefined {
  const program = 'import sys, venv, ensurepip; print(sys.executable); print(sys.version.split()[0])';
  const { status, stdout } = spawnSync(command, ['-c', program], { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) return undefined;
  const [path = '', version = ''] = stdout.trim().split('\n');
  const isUsable = minorOf(version) >= oldest && basename(path).startsWith('python');
  return isUsable ? { path, version } : undefined;
}

function minorOf(version: string): number {
  return Number(version.split('.')[1] ?? -1);
}
