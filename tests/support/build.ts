import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The package's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What `isthmus` runs once the package is built. */
export const COMMAND = join(ROOT, 'dist/src/cli/bin.js');

/** A lock older than this was left by a test run that was killed. */
const STALE_AFTER_MS = 120_000;

/** Builds `dist` for tests that start a process; suites that want it at once wait for each other. */
export async function buildPackage(): Promise<void> {
  const lock = join(ROOT, 'dist', '.building');
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  while (!tryLock(lock)) await wait(100);
  try {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { status, stdout, stderr } = spawnSync(tsc, ['-b', 'tsconfig.build.json'], { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(`The package does not build:\n${stdout}${stderr}`);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > STALE_AFTER_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
