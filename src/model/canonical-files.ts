/** Finds the SDL files that the package ships. The one place in this room that touches the disk. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileModel, type ModelSource } from './compile.ts';
import type { Model } from './model.ts';

/** The package's own folder, from source and from `dist` alike: the nearest one with Isthmus's package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isPackageFolder(folder)) {
    const above = dirname(folder);
    if (above === folder) throw new Error('The package.json of isthmus is missing above its own files.');
    folder = above;
  }
  return folder;
}

function isPackageFolder(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'isthmus';
}

/** The SDL files under `schema/canonical`, in order of their names. */
export function canonicalSources(): readonly ModelSource[] {
  const folder = join('schema', 'canonical');
  const names = readdirSync(join(packageFolder(), folder)).filter((name) => name.endsWith('.graphql'));
  return names.toSorted().map((name) => ({
    file: join(folder, name),
    text: readFileSync(join(packageFolder(), folder, name), 'utf8'),
  }));
}

/** The canonical model, with an enterprise's own SDL added. Throws a `ModelError` that names the file and the line. */
export function loadCanonicalModel(own: readonly ModelSource[] = []): Model {
  return compileModel([...canonicalSources(), ...own]);
}
