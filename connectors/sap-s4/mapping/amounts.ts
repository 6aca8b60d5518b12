/** Exact arithmetic on decimal texts: amounts are never floats. */

interface Scaled {
  readonly units: bigint;
  readonly scale: number;
}

function scaled(text: string): Scaled {
  const [whole = '0', fraction = ''] = text.split('.');
  return { units: BigInt(`${whole}${fraction}`), scale: fraction.length };
}

/** `price × quantity ÷ per`, rounded half away from zero to the currency's decimals. */
export function lineAmount(price: string, quantity: string, per: string, decimals: number): string {
  const [left, right, below] = [scaled(price), scaled(quantity), scaled(per)];
  const divisor = below.units === 0n ? { units: 1n, scale: 0 } : below;
  const numerator = left.units * right.units * 10n ** BigInt(decimals + divisor.scale);
  const denominator = divisor.units * 10n ** BigInt(left.scale + right.scale);
  const isNegative = numerator < 0n !== denominator < 0n;
  const [top, bottom] = [absolute(numerator), absolute(denominator)];
  const rounded = (2n * top + bottom) / (2n * bottom);
  return written(isNegative ? -rounded : rounded, decimals);
}

/** The sum of amounts that all have so many decimals. */
export function sumOf(amounts: readonly string[], decimals: number): string {
  return written(
    amounts.reduce((sum, amount) => sum + scaled(amount).units, 0n),
    decimals,
  );
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function written(units: bigint, decimals: number): string {
  const digits = absolute(units)
    .toString()
    .padStart(decimals + 1, '0');
  const sign = units < 0n ? '-' : '';
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const DECIMALS = new Map<string, number>();

/** Two, unless the currency says otherwise: none for yen, three for dinars. */
export function currencyDecimals(currency: string): number {
  let decimals = DECIMALS.get(currency);
  if (decimals === undefined) {
    decimals = /^[A-Z]{3}$/.test(currency)
      ? (new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2)
      : 2;
    DECIMALS.set(currency, decimals);
  }
  return decimals;
}
