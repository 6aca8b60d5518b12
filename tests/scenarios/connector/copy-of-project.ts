import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../../support/build.ts';

/**
 * The project's files in a folder of the system's, beside the installed packages: what a test writes there is in nobody's
 * way, not even when the test is killed. Without what is built.
 */
export function copyOfProject(name: string, omit: (file: string) => boolean = () => false): string {
  const copy = mkdtempSync(join(tmpdir(), `isthmus-${name}-`));
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of stdout.trim().split('\n')) {
    if (!existsSync(join(ROOT, file)) || omit(file)) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
