import { expect, test } from '@jest/globals';
import type { SourceRecord, WantedFields } from '#sdk';
import { LookupBatcher } from './lookup-batcher.ts';

interface Read {
  readonly keys: readonly string[];
  readonly wanted: WantedFields | undefined;
}

function batcher(reads: Read[], fails: (keys: readonly string[]) => boolean = () => false) {
  return new LookupBatcher(
    2,
    (key) => key.toLowerCase(),
    async (keys, wanted) => {
      reads.push({ keys, wanted });
      if (fails(keys)) throw new Error(`no ${keys}`);
      const value: SourceRecord[] = keys.filter((key) => key !== 'none').map((key) => ({ key, source: {} }));
      return { value, startedAt: 1 };
    },
  );
}

test('callers of one turn share reads of all the fields that any of them wants', async () => {
  const reads: Read[] = [];
  const one = batcher(reads);
  const [left, right] = await Promise.all([
    one.lookup(['A', 'b', 'none'], { Customer: ['name'] }),
    one.lookup(['a'], { Customer: ['phone', 'name'], Supplier: ['name'] }),
  ]);
  const wanted = { Customer: ['name', 'phone'], Supplier: ['name'] };
  expect(reads).toEqual([
    { keys: ['a', 'b'], wanted },
    { keys: ['none'], wanted },
  ]);
  expect([...left.keys()]).toEqual(['A', 'b']);
  expect(right.get('a')).toEqual({ record: { key: 'a', source: {} }, startedAt: 1, isPartial: true });
});

test('who wants everything makes the read a whole one', async () => {
  const reads: Read[] = [];
  const one = batcher(reads);
  const [narrow] = await Promise.all([one.lookup(['a'], { Customer: ['name'] }), one.lookup(['b'], undefined)]);
  expect(reads).toEqual([{ keys: ['a', 'b'], wanted: undefined }]);
  expect(narrow.get('a')!.isPartial).toBeUndefined();
});

test('a failure reaches those whose keys were in that read', async () => {
  const one = batcher([], (keys) => keys.includes('c'));
  const settled = await Promise.allSettled([one.lookup(['a', 'b'], undefined), one.lookup(['c'], undefined)]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
