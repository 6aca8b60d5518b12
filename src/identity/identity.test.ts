import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalIds, cluster } from './index.ts';

test('canonical ids sort by age, within a millisecond and when the clock runs back', () => {
  let now = 1_700_000_000_000;
  const mint = canonicalIds(() => now);
  const ids = Array.from({ length: 5000 }, (_, index) => {
    now += index % 1000 === 0 ? 1 : 0;
    now -= index === 2500 ? 50 : 0;
    return mint();
  });
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

const graph = fc.record({
  keys: fc.uniqueArray(fc.nat(20), { minLength: 1 }),
  edges: fc.array(fc.record({ from: fc.nat(20), to: fc.nat(20) })),
  overclaimed: fc.array(fc.nat(20)),
});

test('a cluster has the oldest id among all that its claims reach', () => {
  fc.assert(
    fc.property(graph, ({ keys, edges, overclaimed }) => {
      const minted = keys.map((id) => ({ id, mintedId: `id ${String(97 - id).padStart(3, '0')}` }));
      const ids = cluster(minted, edges, (target) => overclaimed.includes(target));
      const linking = edges.filter(
        ({ from, to }) => keys.includes(from) && keys.includes(to) && !overclaimed.includes(to),
      );
      for (const { id, mintedId } of minted) {
        const reached = new Set([id]);
        for (let size = 0; size < reached.size; ) {
          size = reached.size;
          for (const { from, to } of linking) if (reached.has(from) || reached.has(to)) reached.add(from).add(to);
        }
        const oldest = minted
          .filter((key) => reached.has(key.id))
          .map((key) => key.mintedId)
          .toSorted()[0];
        expect(ids.get(id)).toBe(oldest);
        expect(mintedId >= (oldest ?? '')).toBe(true);
      }
    }),
  );
});
