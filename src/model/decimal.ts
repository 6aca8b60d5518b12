/** Decimals as text: exact, and with a key whose order as bytes is the order of the numbers. No floats anywhere. */
import { CodecError } from './codec-error.ts';

const MOST_DIGITS = 38;
const FORM = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
const REASON = `Not a decimal number: write it like "1250.00", with at most ${MOST_DIGITS} digits before and after the point.`;

/** The one spelling of a decimal: no exponent, no leading zeros, no minus before zero; digits after the point kept. */
export function parseDecimal(text: string): string {
  const match = text.length <= 2 * MOST_DIGITS + 10 ? FORM.exec(text) : null;
  if (!match) throw new CodecError(REASON);
  const [, sign, whole = '', fraction = '', exponent] = match;
  const shift = Number(exponent ?? 0);
  if (Math.abs(shift) > 2 * MOST_DIGITS) throw new CodecError(REASON);
  const [integer, rest] = shift === 0 ? [whole, fraction] : movePoint(whole, fraction, shift);
  const digits = integer.replace(/^0+(?=\d)/, '');
  if (digits.length > MOST_DIGITS || rest.length > MOST_DIGITS) throw new CodecError(REASON);
  const plain = rest === '' ? digits : `${digits}.${rest}`;
  return sign === '-' && /[1-9]/.test(plain) ? `-${plain}` : plain;
}

function movePoint(whole: string, fraction: string, shift: number): readonly [string, string] {
  if (shift > 0) {
    const moved = fraction.padEnd(shift, '0');
    return [whole + moved.slice(0, shift), moved.slice(shift)];
  }
  const moved = whole.padStart(1 - shift, '0');
  return [moved.slice(0, moved.length + shift), moved.slice(moved.length + shift) + fraction];
}

/**
 * Text whose byte order is the numbers' order: `1` is zero, `2` leads the positive ones and `0` the negative ones;
 * then two digits that say where the point stands, then the digits without zeros at either end. Negative numbers have
 * every digit turned round (9 less it) and end in `~`, so that the longer of two is the smaller. `1.5` and `1.50`
 * have one key.
 */
export function decimalKey(canonical: string): string {
  const isNegative = canonical.startsWith('-');
  const point = canonical.indexOf('.');
  const whole = canonical.slice(isNegative ? 1 : 0, point < 0 ? undefined : point);
  const all = point < 0 ? whole : whole + canonical.slice(point + 1);
  let first = 0;
  while (first < all.length && all.charCodeAt(first) === ZERO) first += 1;
  if (first === all.length) return '1';
  let end = all.length;
  while (all.charCodeAt(end - 1) === ZERO) end -= 1;
  const digits = all.slice(first, end);
  const magnitude = String(whole.length - first + 50).padStart(2, '0');
  return isNegative ? `0${turnRound(magnitude)}${turnRound(digits)}~` : `2${magnitude}${digits}`;
}

const ZERO = 48;

function turnRound(digits: string): string {
  let turned = '';
  for (const digit of digits) turned += 9 - Number(digit);
  return turned;
}
