import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { printedFiles } from '../../src/cli/printed-files.ts';
import { ROOT } from './source-files.ts';

test('files printed from the code are fresh (npm run generate)', async () => {
  for (const { file, text } of await printedFiles()) {
    expect(`${file}\n${readFileSync(join(ROOT, file), 'utf8')}`).toBe(`${file}\n${text}`);
  }
});
