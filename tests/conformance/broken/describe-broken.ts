import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Manifest } from '#sdk';
import { type ConformanceSystem, conformanceCases, NotProven, Subject } from '#sdk/testing/conformance';
import { type Defect, systemWith } from './spoiled.ts';

export interface Broken {
  readonly title: string;
  readonly manifest: Manifest;
  readonly start: () => Promise<ConformanceSystem>;
  readonly defects: readonly Defect[];
}

/** Each defect in an otherwise sound connector, and the cases that must find it, a test each. */
export function describeBroken({ title, manifest, start, defects }: Broken): void {
  describe(title, () => {
    let system: ConformanceSystem;
    beforeAll(async () => {
      system = await start();
    });
    afterAll(() => system?.stop());

    const cases = conformanceCases(manifest);
    const attempts = defects.flatMap(({ does, spoil, caught }) =>
      Object.entries(caught).map(([promise, says]) => ({ does, spoil, promise, says })),
    );
    test.each(attempts)('a connector that $does does not pass "$promise"', async ({ spoil, promise, says }) => {
      const found = cases.find(({ name }) => name === promise)!;
      const subject = await Subject.over(systemWith(system, spoil));
      const thrown = await found
        .run(subject)
        .catch((error: unknown) => error)
        .finally(() => subject.close());
      expect(thrown).not.toBeInstanceOf(NotProven);
      expect(String(thrown)).toMatch(says);
    });
  });
}
