import { expect, test } from '@jest/globals';
import { openStore } from '#store';
import { describeEachStore } from '../../tests/systems/postgres/index.ts';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { writeChanges } from './change-row.ts';
import { LogReader } from './log-reader.ts';

const change = (sequence: number) => ({
  ...{ entity: 'Customer', canonicalId: `id-${sequence % 97}`, sequence, op: 'update' as const },
  ...{ before: null, after: null, changed: [], owners: {}, origin: 'erp', at: 1 },
});

describeEachStore('a reader of the log', (newPlace) => {
  test('hands over what has its place while a long backlog still waits for its own', async () => {
    const store = await openStore(await newPlace(), testModel(), { role: 'writer' });
    const backlog = 12_000;
    for (let from = 0; from < backlog; from += 1000) {
      await store.write((tx) =>
        writeChanges(
          tx,
          Array.from({ length: 1000 }, (_, at) => change(from + at)),
        ),
      );
    }
    const waiting = async () => {
      const [row] = await store.reader.all('select count(*) from change_row where "offset" is null');
      return Number(row?.[0]);
    };
    const errors: unknown[] = [];
    const waitedAtFirst = Promise.withResolvers<number>();
    let delivered = 0;
    const done = Promise.withResolvers<void>();
    const reader = new LogReader({
      ...{ store, name: 'test', onError: (error) => errors.push(error) },
      async deliver(_partition, changes) {
        if (delivered === 0) waitedAtFirst.resolve(await waiting());
        delivered += changes.length;
        if (delivered === backlog) done.resolve();
      },
    });
    reader.start();
    const waited = await waitedAtFirst.promise;
    await done.promise;
    await reader.stop();
    expect([await waiting(), errors]).toEqual([0, []]);
    expect(waited).toBeGreaterThan(0);
    await store.close();
  });
});
