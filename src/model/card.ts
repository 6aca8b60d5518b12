/** Payment card numbers in free text: people paste them into tickets and notes, where they must not stay readable. */

/** Where a card number stands: `end` is the place after its last digit. */
export interface CardNumber {
  readonly start: number;
  readonly end: number;
  readonly brand: CardBrand;
}
export type CardBrand = 'visa' | 'mastercard' | 'amex' | 'discover' | 'diners' | 'jcb' | 'unionpay' | 'maestro';

interface NumberRange {
  readonly brand: CardBrand;
  readonly prefix: RegExp;
  readonly lengths: readonly number[];
}

/** Issuer ranges of ISO/IEC 7812, the more special before the more general. */
const RANGES: readonly NumberRange[] = [
  { brand: 'amex', prefix: /^3[47]/, lengths: [15] },
  { brand: 'jcb', prefix: /^35(2[89]|[3-8]\d)/, lengths: [16, 17, 18, 19] },
  { brand: 'diners', prefix: /^3(0[0-5]|[689])/, lengths: [14, 15, 16, 17, 18, 19] },
  { brand: 'visa', prefix: /^4/, lengths: [13, 16, 19] },
  { brand: 'mastercard', prefix: /^(5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)/, lengths: [16] },
  { brand: 'discover', prefix: /^6(011|4[4-9]|5)/, lengths: [16, 17, 18, 19] },
  { brand: 'unionpay', prefix: /^62/, lengths: [16, 17, 18, 19] },
  { brand: 'maestro', prefix: /^(50|5[6-9]|6[0-9])/, lengths: [16, 18, 19] },
];
const LEAST_DIGITS = 13;
const MOST_DIGITS = 19;
/** Groups of digits with one space, hyphen or point between them, as cards print and people type them. */
const RUN = /\d+(?:[ \u00a0.-]\d+)*/g;

/** Most text has no run of digits long enough, which is told at once. */
const MAY_HOLD = new RegExp(`(?:\\d[ \\u00a0.-]?){${LEAST_DIGITS}}`);

/** Every number that has a card issuer's prefix and length and whose check digit is right, from left to right. */
export function findCardNumbers(text: string): readonly CardNumber[] {
  if (text.length < LEAST_DIGITS || !MAY_HOLD.test(text)) return [];
  return [...text.matchAll(RUN)].flatMap((run) => findInRun(run[0], run.index));
}

/** The text with every digit of a card number but the last four made `*`. */
export function maskCardNumbers(text: string): string {
  const numbers = findCardNumbers(text);
  if (numbers.length === 0) return text;
  let masked = '';
  let from = 0;
  for (const { start, end } of numbers) {
    masked += text.slice(from, start) + maskDigits(text.slice(start, end));
    from = end;
  }
  return masked + text.slice(from);
}

function maskDigits(number: string): string {
  let left = number.replace(/\D/g, '').length - 4;
  return number.replace(/\d/g, (digit) => {
    left -= 1;
    return left >= 0 ? '*' : digit;
  });
}

/** A run may hold other numbers beside the card's, such as an order number before it: whole groups are tried. */
function findInRun(run: string, offset: number): readonly CardNumber[] {
  const groups = [...run.matchAll(/\d+/g)];
  const found: CardNumber[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    const match = longestFrom(groups, first);
    if (!match) continue;
    const [start, last] = [groups[first], groups[match.last]];
    if (start && last) {
      found.push({ start: offset + start.index, end: offset + last.index + last[0].length, brand: match.brand });
    }
    first = match.last;
  }
  return found;
}

function longestFrom(
  groups: readonly RegExpExecArray[],
  first: number,
): { readonly last: number; readonly brand: CardBrand } | undefined {
  let digits = '';
  let longest: { last: number; brand: CardBrand } | undefined;
  for (let last = first; last < groups.length && digits.length < MOST_DIGITS; last += 1) {
    digits += groups[last]?.[0] ?? '';
    const brand = brandOf(digits);
    if (brand) longest = { last, brand };
  }
  return longest;
}

function brandOf(digits: string): CardBrand | undefined {
  if (digits.length < LEAST_DIGITS || digits.length > MOST_DIGITS || !isChecked(digits)) return undefined;
  return RANGES.find(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits))?.brand;
}

/** Luhn's check digit (ISO/IEC 7812-1, annex B). */
function isChecked(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
