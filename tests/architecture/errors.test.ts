import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('every error code is documented, and every documented one exists', () => {
  const source = read('src/sdk/errors.ts');
  const union = /export type ErrorCode =([^;]+);/.exec(source)?.[1] ?? '';
  const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1]);
  const documented = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| `(\w+)` \|/gm)];
  expect(codes.length).toBeGreaterThan(0);
  expect(documented.map((match) => match[1])).toEqual(codes);
  const classes = [...source.matchAll(/export class (\w+)/g)].map((match) => match[1]);
  expect(documented.map((match) => match[2])).toEqual(classes);
});
