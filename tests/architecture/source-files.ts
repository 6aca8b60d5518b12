/** The source files of the project and what each imports, read from their text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface Import {
  readonly from: string;
  /** Erased before the file runs: `import type`, or nothing but `type` inside the braces. */
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** From the project's root, with slashes. */
  readonly path: string;
  readonly isTest: boolean;
  readonly imports: readonly Import[];
}

export const ROOT = join(import.meta.dirname, '..', '..');
const STATEMENT = /^\s*(?:import|export)\s+(type\s)?([^;'"`]*?)\s*from\s*'([^']+)'/gm;
const BARE_OR_CALLED = /(?:^\s*import\s+|\bimport\()'([^']+)'/gm;

export function sourceFilesIn(folder: string): readonly SourceFile[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  const paths = files.map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return paths
    .filter((path) => !path.includes('/node_modules/'))
    .toSorted()
    .map((path) => ({ path, isTest: path.endsWith('.test.ts'), imports: importsOf(path) }));
}

function importsOf(path: string): readonly Import[] {
  const text = readFileSync(join(ROOT, path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const stated = [...text.matchAll(STATEMENT)].map(([, type, names = '', from = '']) => ({
    from,
    isTypeOnly: type !== undefined || isOnlyTypes(names),
  }));
  const others = [...text.matchAll(BARE_OR_CALLED)].map(([, from = '']) => ({ from, isTypeOnly: false }));
  return [...stated, ...others];
}

function isOnlyTypes(names: string): boolean {
  const inner = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
  const parts = inner?.split(',').map((part) => part.trim());
  return parts?.filter((part) => part !== '').every((part) => part.startsWith('type ')) ?? false;
}
