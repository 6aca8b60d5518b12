import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../support/build.ts';
import { CASES, LAST_CASE, SOAK } from './cases.ts';

test('every case stands in the list once', () => {
  const expected = [...Array.from({ length: LAST_CASE }, (_, index) => index + 1), SOAK];
  expect(CASES.map(({ id }) => id)).toEqual(expected);
});

test('a case is reached by tests that there are, or says why it is not', () => {
  const wrong = CASES.flatMap(({ id, reachedBy, notYet }) => {
    if (reachedBy.length === 0 && !notYet) return [`${id} is neither reached nor explained`];
    return reachedBy.flatMap(([file, name]) => {
      const path = join(ROOT, file);
      if (!existsSync(path)) return [`${id}: ${file} does not exist`];
      return readFileSync(path, 'utf8').includes(name) ? [] : [`${id}: ${file} has no test named "${name}"`];
    });
  });
  expect(wrong).toEqual([]);
});
