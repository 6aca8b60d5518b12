import { expect, test } from '@jest/globals';
import { murmur2, PARTITIONS, partitionOf } from './partition.ts';

/** From the tests of org.apache.kafka.common.utils.Utils. */
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('hashes %s as Kafka does', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('partitions lie between 0 and their count', () => {
  const seen = new Set(Array.from({ length: 500 }, (_, index) => partitionOf(`key ${index}`)));
  expect([...seen].toSorted((a, b) => a - b)).toEqual(Array.from({ length: PARTITIONS }, (_, index) => index));
});
