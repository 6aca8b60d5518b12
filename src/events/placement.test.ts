import { expect, test } from '@jest/globals';
import { openStore } from '#store';
import { describeEachStore } from '../../tests/systems/postgres/index.ts';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { writeChanges } from './change-row.ts';
import { startPlacement } from './placement.ts';

describeEachStore('placement', (newPlace) => {
  test('committed changes get dense places in their partitions while nobody reads', async () => {
    const store = await openStore(await newPlace(), testModel(), { role: 'writer' });
    const errors: unknown[] = [];
    const placement = startPlacement(store, (error) => errors.push(error), 5);
    for (let sequence = 1; sequence <= 30; sequence += 1) {
      await store.write((tx) =>
        writeChanges(tx, [
          {
            entity: 'Customer',
            canonicalId: `id-${sequence % 7}`,
            sequence,
            op: 'update',
            before: null,
            after: null,
            changed: [],
            owners: {},
            origin: 'erp',
            at: 1,
          },
        ]),
      );
    }
    const places = async () => await store.reader.all('select "partition", "offset" from change_row order by id');
    while ((await places()).some(([, offset]) => offset === null))
      await new Promise((resolve) => setTimeout(resolve, 5));
    await placement.stop();
    const byPartition = new Map<unknown, unknown[]>();
    for (const [partition, offset] of await places())
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), offset]);
    for (const offsets of byPartition.values()) expect(offsets).toEqual(offsets.map((_, index) => index));
    expect([...byPartition.values()].flat()).toHaveLength(30);
    expect(errors).toEqual([]);
    await store.close();
  });
});
