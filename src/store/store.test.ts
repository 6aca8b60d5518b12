import { afterEach, expect, test } from '@jest/globals';
import type { Model } from '#model';
import { openStore, type Store } from '#store';
import { describeEachStore, type StorePlace } from '../../tests/systems/postgres/index.ts';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { hubColumns } from './hub-tables.ts';

describeEachStore('store', (newPlace, kind) => {
  const opened: Store[] = [];
  const open = async (place: StorePlace, model: Model = testModel(), role: 'writer' | 'reader' = 'writer') => {
    const store = await openStore(place, model, { role });
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  test('makes golden tables with exact and ordering columns', async () => {
    const store = await open(await newPlace());
    const customer = store.layout.entities.get('Customer');
    expect(customer?.columns.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'id',
        'sequence',
        'hub_changed_at',
        'provenance',
        'name',
        'name_key',
        'credit_limit_amount_key',
      ]),
    );
    const rows = await store.reader.all(
      `select ${customer?.columns.map(({ name }) => `"${name}"`).join(', ')} from golden_customer`,
    );
    expect(rows).toEqual([]);
  });

  test('opens again and keeps its incarnation', async () => {
    const place = await newPlace();
    const first = await open(place);
    await first.close();
    opened.length = 0;
    const again = await open(place);
    expect(again.incarnation).toBe(first.incarnation);
    const reader = await open(place, testModel(), 'reader');
    expect(reader.incarnation).toBe(first.incarnation);
  });

  test('adds what the model adds and refuses to lose what the store holds', async () => {
    const place = await newPlace();
    const first = await open(place);
    await first.close();
    opened.length = 0;
    const more = testModel('extend type Customer { loyaltyTier: String }');
    const added = await open(place, more);
    await added.close();
    opened.length = 0;
    await expect(openStore(place, testModel(), { role: 'writer' })).rejects.toThrow(
      /alter table "golden_customer" drop column "loyalty_tier";/,
    );
    await open(place, more);
  });

  test('keeps text as it is, however many rows come at once', async () => {
    const store = await open(await newPlace());
    const awkward = ['', 'NULL', '"', '\\', '\\"{a,b}', '{}', ' a ', 'a\nb\t', "'", 'Åß漢😀'];
    const texts = Array.from({ length: 200 }, (_, index) => awkward[index % awkward.length] ?? '');
    const name = (index: number) => `${texts[index]} ${index}`;
    await store.write(async (tx) => {
      const rows = texts.map((text, index) => [name(index), text, index, 100 - index]);
      await tx.insert('lease', hubColumns('lease'), rows);
      const found = await tx.selectIn(
        'lease',
        ['name', 'holder', 'epoch', 'expires_at'],
        hubColumns('lease', 'name'),
        texts.map((_, index) => [name(index)]),
      );
      expect(found.toSorted((left, right) => Number(left[2]) - Number(right[2]))).toEqual(rows);
    });
  });

  test('runs set operations in one transaction, which leaves nothing when it fails', async () => {
    const store = await open(await newPlace());
    const lease = hubColumns('lease');
    await store.write(async (tx) => {
      await tx.insert('lease', lease, [
        ['a', 'h', 1, 10],
        ['b', "it's", 2, 9_007_199_254_740_991],
      ]);
      expect(
        await tx.insertIgnore('lease', lease, [
          ['a', 'x', 1, 1],
          ['c', '{"x",null}', 3, 3],
        ]),
      ).toBe(1);
      await tx.upsert('lease', lease, [['a', 'changed', 5, 50]], ['name']);
      await tx.updateIn('lease', hubColumns('lease', 'name'), hubColumns('lease', 'holder', 'epoch'), [
        ['c', 'set', 7],
      ]);
      await tx.deleteIn('lease', hubColumns('lease', 'name'), [['nobody']]);
      expect(await tx.run('update lease set epoch = epoch + 1')).toBe(3);
    });
    await expect(
      store.write(async (tx) => {
        await tx.deleteIn('lease', hubColumns('lease', 'name'), [['a'], ['b']]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const rows = await store.write((tx) =>
      tx.lockIn('lease', ['holder', 'epoch', 'expires_at'], hubColumns('lease', 'name'), [['a'], ['b'], ['c'], ['d']]),
    );
    expect([...rows]).toEqual([
      ['changed', 6, 50],
      ["it's", 3, 9_007_199_254_740_991],
      ['set', 8, 3],
    ]);
    expect(await store.reader.all('select count(*) from lease')).toEqual([[3]]);
  });

  test('lets writers take turns', async () => {
    const store = await open(await newPlace());
    await store.write((tx) => tx.insert('lease', hubColumns('lease'), [['n', 'h', 0, 0]]));
    const increments = Array.from({ length: 8 }, () =>
      store.write(async (tx) => {
        const [row] = await tx.lockIn('lease', ['epoch'], hubColumns('lease', 'name'), [['n']]);
        await tx.run(`update lease set epoch = ${Number(row?.[0]) + 1}`);
      }),
    );
    await Promise.all(increments);
    expect(await store.reader.all('select epoch from lease')).toEqual([[8]]);
  });

  if (kind === 'sqlite') {
    test('refuses a second hub on the same folder, naming it', async () => {
      const place = await newPlace();
      await open(place);
      await expect(openStore(place, testModel(), { role: 'writer' })).rejects.toThrow(
        new RegExp(`process ${process.pid}\\).*${(place as { folder: string }).folder}`),
      );
    });
  }
});
