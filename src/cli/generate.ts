/** `npm run generate`: prints what is made from `schema/canonical` and checked in. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateEntityTypes, loadCanonicalModel, packageFolder } from '#model';

const file = join('src', 'model', 'generated', 'entities.ts');
writeFileSync(join(packageFolder(), file), generateEntityTypes(loadCanonicalModel()));
console.log(`Printed ${file}.`);
