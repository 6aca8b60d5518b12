import { randomBytes } from 'node:crypto';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/**
 * Canonical ids in the form of a ULID: 26 letters that sort by age. Within one millisecond the next id is the last
 * one plus one, so that ids of one process never tie nor run backwards.
 */
export function canonicalIds(clock: () => number): () => string {
  let time = -1;
  let prefix = '';
  let random: number[] = [];
  return () => {
    const now = Math.max(time, clock());
    if (now === time) increment(random);
    else {
      time = now;
      prefix = timeLetters(now);
      random = Array.from(randomBytes(RANDOM_LENGTH), (byte) => byte & 31);
    }
    let id = prefix;
    for (const letter of random) id += LETTERS[letter];
    return id;
  };
}

function timeLetters(time: number): string {
  let letters = '';
  for (let rest = time, count = 0; count < TIME_LENGTH; count += 1) {
    letters = LETTERS[rest % 32] + letters;
    rest = Math.floor(rest / 32);
  }
  return letters;
}

/** 2^80 ids a millisecond: the overflow that would wrap around does not happen. */
function increment(digits: number[]): void {
  for (let index = digits.length - 1; index >= 0; index -= 1) {
    const digit = (digits[index] ?? 0) + 1;
    digits[index] = digit % 32;
    if (digit < 32) return;
  }
}
