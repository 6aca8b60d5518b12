import type { DemoMoney } from './demo-types.ts';

/** Currency units for one euro: fixed, so that amounts never depend on a day's rate. */
const RATES: Readonly<Record<string, number>> = { EUR: 1, CHF: 0.95, GBP: 0.85, USD: 1.1, JPY: 160 };

export function decimalsOf(currency: string): number {
  return currency === 'JPY' ? 0 : 2;
}

/** Euro cents into the smallest unit of a currency. */
export function fromEuroCents(cents: number, currency: string): number {
  const minor = cents * (RATES[currency] ?? 1);
  return Math.round(decimalsOf(currency) === 0 ? minor / 100 : minor);
}

/** The smallest unit as decimal text. */
export function decimal(minor: number, decimals: number): string {
  if (decimals === 0) return String(minor);
  const text = String(Math.abs(minor)).padStart(decimals + 1, '0');
  return `${minor < 0 ? '-' : ''}${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}

export function money(minor: number, currency: string): DemoMoney {
  return { amount: decimal(minor, decimalsOf(currency)), currency };
}
