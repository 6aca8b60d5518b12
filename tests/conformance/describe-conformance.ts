import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Manifest } from '#sdk';
import {
  type CaseChoice,
  type ConformanceSystem,
  conformanceCases,
  NotProven,
  Subject,
} from '#sdk/testing/conformance';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';

/**
 * A connector under the conformance kit, a test a case. `unproven` names, by a part of their names, the cases that this
 * system gives nothing to prove on, with the reason; that list must be exact. `choice` gives `streams` another order than
 * the manifest's, or is a choice of them.
 */
export function describeConformance(
  manifest: Manifest,
  start: () => Promise<ConformanceSystem>,
  unproven: Readonly<Record<string, string>> = {},
  choice: CaseChoice = {},
): void {
  describe(`${manifest.title} keeps what its manifest declares`, () => {
    let system: ConformanceSystem | undefined;
    let subject: Subject | undefined;
    const excused = new Set<string>();
    beforeAll(async () => {
      system = await start();
      subject = await Subject.over(system);
    }, INSTALLED_WITHIN_MS);
    afterEach(() => subject?.settle());
    afterAll(async () => {
      await subject?.close();
      await system?.stop();
    });

    for (const { name, run } of conformanceCases(manifest, choice)) {
      test(name, async () => {
        const proven = await run(subject!).then(
          () => true,
          (error) => {
            if (!(error instanceof NotProven)) throw error;
            const known = Object.keys(unproven).find((part) => name.includes(part));
            if (known === undefined) throw error;
            excused.add(known);
            return false;
          },
        );
        expect(typeof proven).toBe('boolean');
      });
    }

    test('only what the list says is left unproven', () => {
      expect([...excused].sort()).toEqual(Object.keys(unproven).sort());
    });
  });
}
