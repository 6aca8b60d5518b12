/** `npm run generate`: prints what is made from the model and the connectors, and checked in. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from '#model';
import { PRINTED_FILES } from './printed-files.ts';

for (const { file, print } of PRINTED_FILES) {
  const path = join(packageFolder(), file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await print());
  console.log(`Printed ${file}.`);
}
