import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockFolder, type StoreLock } from '#store';
import { prepareFolder } from './demo.ts';

let folder: string;
let lock: StoreLock | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isthmus-demo-'));
});
afterEach(() => {
  lock?.release();
  lock = undefined;
});

const once = { fresh: false, scale: 1, seed: 1 };

test('a fresh start forgets what the demo made and nothing else', () => {
  prepareFolder(folder, once);
  for (const name of ['hub.db', 'hub.db-wal', 'letters.txt']) writeFileSync(join(folder, name), 'x');
  prepareFolder(folder, { ...once, fresh: true, seed: 2 });
  expect(
    readdirSync(folder)
      .filter((name) => !name.startsWith('hub.lock'))
      .sort(),
  ).toEqual(['demo.json', 'letters.txt']);
});

test('a folder without a demo in it is left alone even by a fresh start', () => {
  writeFileSync(join(folder, 'hub.db'), 'of another hub');
  prepareFolder(folder, { ...once, fresh: true });
  expect(existsSync(join(folder, 'hub.db'))).toBe(true);
});

test('another enterprise, and a folder that a running hub holds, are refused before anything is touched', () => {
  prepareFolder(folder, once);
  expect(() => prepareFolder(folder, { ...once, scale: 2 })).toThrow(/holds another demo enterprise.*--fresh/);
  lock = lockFolder(folder);
  expect(() => prepareFolder(folder, { ...once, fresh: true })).toThrow(/Another hub.*already uses the data folder/);
  expect(existsSync(join(folder, 'demo.json'))).toBe(true);
});
