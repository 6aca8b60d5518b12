/** A new connector's folder: a small one that works, under another name. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '#sdk';

const PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Writes `<folder>/<id>` and returns its path. Throws a `ConfigError` for a bad name, or a folder that is there. */
export function newConnector(id: string, folder: string): string {
  if (!PATTERN.test(id)) {
    throw new ConfigError(
      `"${id}" is no name for a connector. Use small letters, digits and single hyphens, such as "acme-crm".`,
    );
  }
  const target = join(folder, id);
  if (existsSync(target)) throw new ConfigError(`${target} is there already. Choose another name, or remove it.`);
  const root = packageRoot();
  const pattern = join(root, 'examples/connector/tally');
  if (!existsSync(pattern)) throw new ConfigError(`${pattern} is missing; a clone of the repository has it.`);
  try {
    for (const path of readdirSync(pattern, { recursive: true, encoding: 'utf8' })) copy(pattern, target, path, id);
    format(root, target);
  } catch (error) {
    rmSync(target, { recursive: true, force: true });
    throw error;
  }
  return target;
}

function copy(pattern: string, target: string, path: string, id: string): void {
  if (!/\.(ts|md)$/.test(path)) return;
  const to = join(target, path);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, renamed(readFileSync(join(pattern, path), 'utf8'), id));
}

/** `tally` in each of its spellings: in names of types, of functions, of variables of the environment, and elsewhere. */
function renamed(text: string, id: string): string {
  const words = id.split('-');
  const pascal = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  const camel = pascal[0]!.toLowerCase() + pascal.slice(1);
  return text
    .replaceAll("'tally'", `'${id}'`)
    .replaceAll(/\btally(?=[-.])|(?<=-- )tally/g, (word, offset: number) =>
      /^tally\.manifest/.test(text.slice(offset)) ? word : id,
    )
    .replaceAll(/\btally\b/g, camel)
    .replaceAll('Tally', pascal)
    .replaceAll('TALLY', words.join('_').toUpperCase());
}

/**
 * Longer names break lines elsewhere: in the style of the project that it is written into. Without the formatter the
 * folder is right, and only looks different.
 */
function format(root: string, target: string): void {
  const biome = join(root, 'node_modules/.bin/biome');
  const project = nearest(target, 'biome.json') ?? root;
  if (existsSync(biome)) spawnSync(biome, ['check', '--write', target], { cwd: project, stdio: 'ignore' });
}

const packageRoot = () => nearest(dirname(fileURLToPath(import.meta.url)), 'package.json')!;

/** The folder, or the nearest above it, that holds the file. */
function nearest(from: string, file: string): string | undefined {
  let folder = from;
  while (!existsSync(join(folder, file))) {
    if (folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
  return folder;
}
