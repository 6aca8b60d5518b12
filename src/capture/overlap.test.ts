import { describe, expect, test } from '@jest/globals';
import { Overlap } from './overlap.ts';

const declared = { lag: 10_000, precision: 1 };
const WHOLE = 10_001;

describe('how far behind the highest stamp a pass begins', () => {
  test('by lag and precision, until a pass began that long after the stamp was first seen', () => {
    const overlap = new Overlap();
    expect(overlap.behind(500, declared)).toBe(WHOLE);
    overlap.drained(500, { beganAt: 0, endedAt: 300 }, declared);
    overlap.drained(500, { beganAt: 10_300, endedAt: 10_400 }, declared);
    expect(overlap.behind(500, declared)).toBe(WHOLE);
    overlap.drained(500, { beganAt: 10_301, endedAt: 10_400 }, declared);
    expect(overlap.behind(500, declared)).toBe(1);
  });

  test('anew for each higher stamp', () => {
    const overlap = new Overlap();
    overlap.drained(500, { beganAt: 0, endedAt: 0 }, declared);
    overlap.drained(500, { beganAt: 20_000, endedAt: 20_000 }, declared);
    expect(overlap.behind(500, declared)).toBe(1);
    overlap.drained(501, { beganAt: 30_000, endedAt: 30_100 }, declared);
    expect(overlap.behind(501, declared)).toBe(WHOLE);
    overlap.drained(501, { beganAt: 40_100, endedAt: 40_100 }, declared);
    expect(overlap.behind(501, declared)).toBe(WHOLE);
    overlap.drained(501, { beganAt: 40_101, endedAt: 40_101 }, declared);
    expect(overlap.behind(501, declared)).toBe(1);
  });

  test('a stream that another process moved meanwhile begins anew', () => {
    const overlap = new Overlap();
    overlap.drained(500, { beganAt: 0, endedAt: 0 }, declared);
    overlap.drained(500, { beganAt: 20_000, endedAt: 20_000 }, declared);
    expect(overlap.behind(499, declared)).toBe(WHOLE);
  });
});
