/** `npm run bench [-- case...]`: a table for people and one JSON line a result, floors measured in the same run. */
import { buildPackage } from '../support/build.ts';
import { list } from './cases/list.ts';
import { live } from './cases/live.ts';
import { snapshot } from './cases/snapshot.ts';
import { start } from './cases/start.ts';
import { subscriptions } from './cases/subscriptions.ts';
import { topics } from './cases/topics.ts';
import { type BenchResult, printJson, printTable } from './result.ts';

const CASES: Readonly<Record<string, () => Promise<BenchResult[]>>> = {
  list,
  live,
  snapshot,
  start,
  subscriptions,
  topics,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in CASES));
if (unknown.length > 0) {
  console.error(`There is no case ${unknown.join(', ')}; there are ${Object.keys(CASES).join(', ')}.`);
  process.exit(1);
}
await buildPackage();
const results: BenchResult[] = [];
let hasFailed = false;
for (const name of asked.length > 0 ? asked : Object.keys(CASES)) {
  console.error(`Measuring ${name} …`);
  try {
    results.push(...(await CASES[name]!()));
  } catch (error) {
    hasFailed = true;
    console.error(`${name} could not be measured:`, error);
  }
}
printTable(results);
printJson(results);
process.exit(hasFailed ? 1 : 0);
