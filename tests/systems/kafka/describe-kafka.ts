import { describe, test } from '@jest/globals';
import { missingForKafka } from './distribution.ts';

/** A suite that needs Kafka; where it cannot run, it says so aloud, and fails when systems are required. */
export function describeKafka(name: string, suite: () => void): void {
  const missing = missingForKafka();
  if (missing === undefined) {
    describe(name, suite);
    return;
  }
  process.stdout.write(`SKIPPED ${name}: ${missing}\n`);
  test(name, () => {
    if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error(`Missing: ${missing}`);
  });
}
