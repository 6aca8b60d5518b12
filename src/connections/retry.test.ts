import { expect, test } from '@jest/globals';
import { backOff, retryAfter } from './retry.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

test.each([
  ['seconds', { 'retry-after': '3' }, 3000],
  ['nothing', {}, undefined],
  ['nonsense', { 'retry-after': 'soon' }, undefined],
  ['a date by our clock', { 'retry-after': 'Sun, 01 Mar 2026 12:00:10 GMT' }, 10_000],
  ['a date that is over', { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
  [
    'a date by a clock that is an hour off',
    { 'retry-after': 'Sun, 01 Mar 2026 13:00:10 GMT', date: 'Sun, 01 Mar 2026 13:00:00 GMT' },
    10_000,
  ],
])('Retry-After as %s', (_, headers, expected) => {
  expect(retryAfter(headers as unknown as Record<string, string>, NOW)).toBe(expected);
});

test('waits grow, differ, and stay under the longest', () => {
  const waits = Array.from({ length: 50 }, (_, attempt) => backOff(attempt % 10, { first: 100, longest: 2_000 }));
  expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(50);
  expect(new Set(waits).size).toBeGreaterThan(10);
});
