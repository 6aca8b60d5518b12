/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { expect, test } from '@jest/globals';
import { describeKafka } from '../systems/kafka/index.ts';
import { missingPart } from '../systems/postgres/index.ts';
import { FLAWLESS } from './hub-judge.ts';
import { runRandomFaults } from './random-faults.ts';

const SEED = 20_261;

/** The ten minutes, and three brokers, are a program of their own: `random-run.ts`. */
describeKafka('a short run of random faults', () => {
  test(`loses nothing (seed ${SEED})`, async () => {
    const missing = missingPart();
    if (missing !== undefined) {
      process.stdout.write(`SKIPPED the run of random faults: ${missing}\n`);
      if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error(`Missing: ${missing}`);
      return;
    }
    const { verdict, forgotten, faults } = await runRandomFaults({ seconds: 30, seed: SEED, brokers: 1 });
    process.stdout.write(`seed ${SEED}: ${JSON.stringify(faults)}\n`);
    expect(verdict).toMatchObject(FLAWLESS);
    expect(forgotten).toEqual([]);
    expect(verdict.committed).toBeGreaterThan(100);
    expect(Object.values(faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
  }, 480_000);
});
