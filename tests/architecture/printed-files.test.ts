import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PRINTED_FILES } from '../../src/cli/printed-files.ts';
import { ROOT } from './source-files.ts';

test.each(PRINTED_FILES)('$file is fresh (npm run generate)', async ({ file, print }) => {
  expect(await print()).toBe(readFileSync(join(ROOT, file), 'utf8'));
});
