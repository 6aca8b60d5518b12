/**
 * The long run of random faults, with a count of what happened:
 * `node --conditions=isthmus-source tests/faults/random-run.ts --minutes 10 [--seed 1] [--brokers 3]`.
 * Ends with status 1 when anything was lost, invented, out of order or stale.
 */
import { parseArgs } from 'node:util';
import { runRandomFaults } from './random-faults.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    brokers: { type: 'string', default: '3' },
  },
});
const began = Date.now();
const elapsed = () => `${((Date.now() - began) / 1000).toFixed(0)} s`.padStart(6);
const result = await runRandomFaults({
  seconds: Number(values.minutes) * 60,
  seed: Number(values.seed),
  brokers: values.brokers === '1' ? 1 : 3,
  say: (line) => console.log(elapsed(), line),
});
const { verdict, faults, forgotten } = result;
const wrong = { ...verdict, forgotten };
const rows: readonly (readonly [string, number])[] = [
  ...Object.entries(faults),
  ['changes committed', verdict.committed],
  ['messages in the changes topics', verdict.messages],
  ['duplicates among them', verdict.duplicates],
  ...(['lost', 'invented', 'disordered', 'stale', 'forgotten'] as const).map(
    (name) => [name, wrong[name].length] as const,
  ),
];
console.log(`seed ${result.seed}, ${result.seconds} s of faults, ${elapsed().trim()} in all`);
for (const [name, count] of rows) console.log(`${String(count).padStart(8)}  ${name}`);
const isFlawless = rows.slice(-5).every(([, count]) => count === 0);
if (!isFlawless) console.log(JSON.stringify(wrong, null, 2).slice(0, 20_000));
process.exit(isFlawless ? 0 : 1);
