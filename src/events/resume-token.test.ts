import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readResumeToken, writeResumeToken } from './resume-token.ts';

const vectors = fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { minLength: 1, maxLength: 20 });

describe('a resume token', () => {
  test('gives its position back', () => {
    fc.assert(
      fc.property(vectors, fc.string(), (vector, incarnation) => {
        const token = writeResumeToken(incarnation, vector);
        expect(token).toMatch(/^[\w-]+$/);
        expect(readResumeToken(token, incarnation, vector.length)).toEqual({ kind: 'position', vector });
      }),
    );
  });

  test('of another log is foreign', () => {
    const token = writeResumeToken('one', [1, 2, 3]);
    expect(readResumeToken(token, 'two', 3)).toEqual({ kind: 'foreign' });
    expect(readResumeToken(token, 'one', 4)).toEqual({ kind: 'foreign' });
  });

  test('that was cut, changed, or never one is damaged', () => {
    fc.assert(
      fc.property(vectors, fc.nat(), fc.constantFrom('A', 'b', '-', '_', '', ' ', '='), (vector, at, other) => {
        const token = writeResumeToken('one', vector);
        const place = at % token.length;
        const changed = token.slice(0, place) + other + token.slice(place + 1);
        fc.pre(changed !== token);
        expect(readResumeToken(changed, 'one', vector.length)).toEqual({ kind: 'damaged' });
      }),
    );
    for (const text of ['', 'x', '0', '💥', 'null'])
      expect(readResumeToken(text, 'one', 3)).toEqual({ kind: 'damaged' });
  });
});
