/** `npm run generate`: prints what is made from the model and the connectors, and checked in. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from '#model';
import { PRINTED_FILES } from './printed-files.ts';

let changed = 0;
for (const { file, print } of PRINTED_FILES) {
  const path = join(packageFolder(), file);
  const text = await print();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  changed++;
  console.log(`Printed ${file}.`);
}
console.log(`${PRINTED_FILES.length - changed} of ${PRINTED_FILES.length} files were up to date.`);
