/** `npm run generate`: prints what is made from the model and the connectors, and checked in. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from '#model';
import { printedFiles } from './printed-files.ts';

for (const { file, text } of await printedFiles()) {
  const path = join(packageFolder(), file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`Printed ${file}.`);
}
