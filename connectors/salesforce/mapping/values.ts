import type { Address, Money } from 'isthmus/model';
import { RejectedRecordError } from 'isthmus/sdk';
import type { Row } from '../client.ts';
import { countryCode } from './country.ts';

/** A text field: null when empty, undefined when it was not delivered. */
export function text(row: Row, field: string): string | null | undefined {
  const value = row[field];
  if (value === undefined || value === null) return value;
  if (typeof value !== 'string') throw unexpected(field, 'a text');
  return value.trim() === '' ? null : value;
}

export function boolean(row: Row, field: string): boolean | undefined {
  const value = row[field];
  if (value === undefined || typeof value === 'boolean') return value;
  throw unexpected(field, 'true or false');
}

export function wholeNumber(row: Row, field: string): number | null | undefined {
  const value = number(row, field);
  return typeof value === 'number' ? Math.round(value) : value;
}

/** `2026-01-02T03:04:05.000+0000`, whose offset has no colon, to `2026-01-02T03:04:05.000Z`. */
export function dateTime(row: Row, field: string): string | null | undefined {
  const value = text(row, field);
  if (value === undefined || value === null) return value;
  const at = instant(value);
  if (at === undefined) throw unexpected(field, 'a date and time');
  return new Date(at).toISOString();
}

/** Milliseconds since 1970; undefined for what is no time. */
export function instant(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at) ? undefined : at;
}

/** In the record's own currency, or the org's where records have none. */
export function money(row: Row, field: string, orgCurrency: string): Money | null | undefined {
  const value = number(row, field);
  if (value === undefined || value === null) return value;
  const currency = text(row, 'CurrencyIsoCode') ?? orgCurrency;
  return { amount: amountText(value, currency), currency };
}

export function address(row: Row, prefix: string): Address | null | undefined {
  if (row[`${prefix}City`] === undefined) return undefined;
  const country = text(row, `${prefix}CountryCode`) ?? text(row, `${prefix}Country`);
  const value = {
    street: text(row, `${prefix}Street`)?.replace(/\s*\r?\n\s*/g, ', ') ?? null,
    postalCode: text(row, `${prefix}PostalCode`),
    city: text(row, `${prefix}City`),
    region: text(row, `${prefix}State`),
    country: country === undefined || country === null ? null : countryCode(country),
  };
  return Object.values(value).every((part) => part === null || part === undefined) ? null : value;
}

/** A field of a parent: null where there is no parent. */
export function parentText(row: Row, relationship: string, field: string): string | null | undefined {
  const parent = row[relationship];
  if (parent === undefined || parent === null) return parent;
  return text(parent as Row, field);
}

function number(row: Row, field: string): number | null | undefined {
  const value = row[field];
  if (value === undefined || value === null) return value;
  if (typeof value !== 'number') throw unexpected(field, 'a number');
  return value;
}

const digitsOf = new Map<string, number>();

/** JSON carries no trailing zeros; amounts are written with the digits that their currency has. */
function amountText(value: number, currency: string): string {
  const plain = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return plain;
  const [whole = '', fraction = ''] = plain.split('.');
  const padded = fraction.padEnd(minorDigits(currency), '0');
  return padded === '' ? whole : `${whole}.${padded}`;
}

function minorDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    digitsOf.set(currency, digits);
  }
  return digits;
}

function unexpected(field: string, wanted: string): RejectedRecordError {
  return new RejectedRecordError(`${field} is not ${wanted}.`, { details: { field } });
}
