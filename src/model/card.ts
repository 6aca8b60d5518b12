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
/** One space, dash or point: as cards print and people type them, plain or as word processors set them. */
const SEPARATOR = '[ .\\-\\u00a0\\u2009\\u202f\\u2010-\\u2014]';
/** Groups of digits with one separator between them. A plus before them makes a telephone number. */
const RUN = new RegExp(`(?<!\\+)(?<![0-9])[0-9]+(?:${SEPARATOR}[0-9]+)*`, 'g');

/** Most text has no run of digits long enough, which is told at once. */
const MAY_HOLD = new RegExp(`(?:\\p{Nd}${SEPARATOR}?){${LEAST_DIGITS}}`, 'u');
const OTHER_DIGIT = /(?![0-9])\p{Nd}/gu;
const MASK = '*';

/** Every number that has a card issuer's prefix and length and whose check digit is right, from left to right. */
export function findCardNumbers(text: string): readonly CardNumber[] {
  if (text.length < LEAST_DIGITS || !MAY_HOLD.test(text)) return [];
  const plain = text.replace(OTHER_DIGIT, plainDigit);
  const found = [...plain.matchAll(RUN)].flatMap((run) => findInRun(run[0], run.index));
  if (found.length === 0) return found;
  const others = [...bankAccounts(plain), ...uuids(plain)];
  return found.filter(({ start, end }) => !others.some((other) => other.start < end && start < other.end));
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

const MASKED = new RegExp(
  `(?:\\*${SEPARATOR}?){${LEAST_DIGITS - 4},${MOST_DIGITS - 4}}\\p{Nd}(?:${SEPARATOR}?\\p{Nd}){3}(?!\\p{Nd})`,
  'u',
);

/**
 * Whether a card number was masked in the text, by the hub or in the system itself. What it was is not known: such text
 * is never written to a system.
 */
export function isMasked(text: string): boolean {
  return text.includes(MASK) && MASKED.test(text);
}

function maskDigits(number: string): string {
  let left = number.replace(/\P{Nd}/gu, '').length - 4;
  return number.replace(/\p{Nd}/gu, (digit) => {
    left -= 1;
    return left >= 0 ? MASK : digit;
  });
}

/** A digit of another script as its value, where it takes the same room: blocks of ten begin with their zero. */
function plainDigit(digit: string): string {
  if (digit.length > 1) return digit;
  const code = digit.charCodeAt(0);
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCharCode(code - value - 1))) value += 1;
  return String(value);
}

const UUID = /(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/gi;

/** Groups of a UUID (RFC 9562) that happen to be digits only look like those of a card. */
function uuids(text: string): readonly { readonly start: number; readonly end: number }[] {
  return [...text.matchAll(UUID)].map(({ 0: uuid, index }) => ({ start: index, end: index + uuid.length }));
}

const ACCOUNT = /(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}/gi;

const LEAST_ACCOUNT = 15;

/** International bank account numbers (ISO 13616) hold long runs of digits, and have a check of their own. */
function bankAccounts(text: string): readonly { readonly start: number; readonly end: number }[] {
  return [...text.matchAll(ACCOUNT)].flatMap((match) => {
    // Words that follow may look like its last groups.
    const ends = [...match[0].matchAll(/ |$/g)].map(({ index }) => index).filter((end) => end >= LEAST_ACCOUNT);
    const end = ends.findLast((candidate) => isBankAccount(match[0].slice(0, candidate)));
    return end === undefined ? [] : [{ start: match.index, end: match.index + end }];
  });
}

function isBankAccount(written: string): boolean {
  const account = written.replaceAll(' ', '').toUpperCase();
  const turned = account.slice(4) + account.slice(0, 4);
  let rest = 0;
  for (const character of turned) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
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
  if (digits.length === ARTICLE_DIGITS && isArticle(digits)) return undefined;
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

const ARTICLE_DIGITS = 13;

/** Article numbers (GS1's GTIN-13) of many countries begin as Visa's oldest cards did; their check digit is another. */
function isArticle(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) sum += Number(digits[index]) * (index % 2 === 1 ? 3 : 1);
  return sum % 10 === 0;
}
