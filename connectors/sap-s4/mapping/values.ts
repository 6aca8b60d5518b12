import type { Money, SourceRef } from 'isthmus/model';
import { RejectedRecordError, type SourceRecord } from 'isthmus/sdk';
import { milliseconds } from '../odata.ts';

export type Source = Readonly<Record<string, unknown>>;

/** The vendor's row; a record without its key is broken. */
export function rowOf(record: SourceRecord): Source {
  if (record.key === '' || typeof record.source !== 'object' || record.source === null) {
    throw new RejectedRecordError('The record has no key.');
  }
  return record.source as Source;
}

/** Initial values are empty strings in SAP. Undefined where the field was not delivered. */
export function text(value: unknown): string | null | undefined {
  if (value === undefined) return undefined;
  if (value === null) return null;
  const trimmed = String(value).trim();
  return trimmed === '' ? null : trimmed;
}

/** Booleans are sometimes `X` or empty. */
export function flag(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  return value === true || value === 'X' || value === 'true';
}

export function decimal(value: unknown, field: string): string | null | undefined {
  const given = text(typeof value === 'number' ? String(value) : value);
  if (given === undefined || given === null) return given;
  if (!/^-?\d+(\.\d+)?$/.test(given)) throw new RejectedRecordError(`${field} is no decimal.`, { details: { field } });
  return given;
}

/** Null where amount or currency is missing: never one without the other. */
export function money(amount: unknown, currency: unknown, field: string): Money | null | undefined {
  const number = decimal(amount, field);
  const code = text(currency);
  if (number === undefined || code === undefined) return undefined;
  if (number === null || code === null) return null;
  return { amount: number, currency: code };
}

export function date(value: unknown): string | null | undefined {
  if (value === undefined) return undefined;
  const ms = milliseconds(value);
  return ms === undefined ? null : new Date(ms).toISOString().slice(0, 10);
}

/** A stamp, and a column that it was taken from: where that was not delivered, nothing is known. */
export function moment(ms: number | undefined, column: unknown): string | null | undefined {
  if (ms === undefined) return column === undefined ? undefined : null;
  return new Date(ms).toISOString();
}

/** To another record by its key, where there is one. */
export function reference(stream: string, key: unknown): SourceRef | null | undefined {
  const given = text(key);
  return given ? { stream, key: given } : (given as null | undefined);
}

/** What a navigation brought: an expanded collection, or nothing when it was not expanded. */
export function many(value: unknown): readonly Source[] | undefined {
  const results = (value as { readonly results?: unknown } | null | undefined)?.results;
  return Array.isArray(results) ? (results as Source[]) : undefined;
}

/** Members that are known: what was not delivered stays unknown. */
export function known<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const found: Partial<T> = {};
  for (const name in values) if (values[name] !== undefined) found[name] = values[name];
  return found as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** SAP's internal and ISO unit codes to UN/ECE Recommendation 20; what is not listed stays as it is. */
const UNITS: Readonly<Record<string, string>> = {
  ST: 'C62',
  PC: 'C62',
  PCE: 'C62',
  EA: 'EA',
  KG: 'KGM',
  G: 'GRM',
  TO: 'TNE',
  L: 'LTR',
  ML: 'MLT',
  M: 'MTR',
  CM: 'CMT',
  MM: 'MMT',
  M2: 'MTK',
  M3: 'MTQ',
  H: 'HUR',
  HR: 'HUR',
  STD: 'HUR',
  BOX: 'BX',
  KAR: 'CT',
  CAR: 'CT',
  PAL: 'PF',
  SET: 'SET',
  PAA: 'PR',
};

export function unit(...codes: readonly unknown[]): string | null | undefined {
  const given = codes.map(text);
  const code = given.find((each) => typeof each === 'string');
  if (code === undefined || code === null) return given.every((each) => each === undefined) ? undefined : null;
  return UNITS[code] ?? code;
}
