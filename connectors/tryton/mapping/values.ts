import type { Claim, Money, SourceRef } from 'isthmus/model';
import { RejectedRecordError, type SourceRecord } from 'isthmus/sdk';
import type { Config } from '../config.ts';

export type Source = Readonly<Record<string, unknown>>;

/** The row of a record; one that Tryton could not compute comes with what it said instead. */
export function rowOf({ source }: SourceRecord): Source {
  const row = source as Source;
  if (row.refused !== undefined) throw new RejectedRecordError(`Tryton cannot read this record: ${row.refused}`);
  return row;
}

/** What is behind a to-one relation that was read with some of its fields. */
export function behind(row: Source, relation: string): Source {
  return (row[`${relation}.`] as Source | null | undefined) ?? {};
}

export function many(row: Source, relation: string): readonly Source[] {
  return (row[`${relation}.`] as readonly Source[] | null | undefined) ?? [];
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** On SQLite truth is 1 and 0. */
export function flag(value: unknown): boolean {
  return value === true || value === 1;
}

/** `{"__class__": "Decimal", "decimal": "1.50"}`, or a number where Tryton counts in floats. The model takes exponents. */
export function decimal(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return String(typeof value === 'number' ? value : (value as { decimal?: unknown }).decimal);
}

/** Never one without the other. */
export function money(amount: unknown, currency: Source): Money | null {
  const [number, code] = [decimal(amount), text(currency.code)];
  return number === null || code === null ? null : { amount: number, currency: code };
}

/** `{"__class__": "date", "year": 2026, "month": 1, "day": 2}` */
export function date(value: unknown): string | null {
  const { year, month, day } = (value ?? {}) as { year?: number; month?: number; day?: number };
  if (year === undefined || month === undefined || day === undefined) return null;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

/** Without a zone, in UTC. */
export function moment(value: unknown): string | null {
  const day = date(value);
  if (day === null) return null;
  const { hour = 0, minute = 0, second = 0, microsecond = 0 } = value as Record<string, number>;
  const fraction = String(Math.floor(microsecond / 1000)).padStart(3, '0');
  return `${day}T${two(hour)}:${two(minute)}:${two(second)}.${fraction}Z`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}

export function instant(changedAt: number | undefined): string | null {
  return changedAt === undefined ? null : new Date(changedAt).toISOString();
}

export function reference(stream: string, id: unknown): SourceRef | null {
  return typeof id === 'number' ? { stream, key: String(id) } : null;
}

/** The symbols that Tryton brings, as UN/ECE Recommendation 20 codes; others stay as they are. */
const UNITS: Readonly<Record<string, string>> = {
  u: 'C62',
  kg: 'KGM',
  g: 'GRM',
  lb: 'LBR',
  oz: 'ONZ',
  s: 'SEC',
  min: 'MIN',
  h: 'HUR',
  d: 'DAY',
  m: 'MTR',
  cm: 'CMT',
  mm: 'MMT',
  km: 'KMT',
  l: 'LTR',
  L: 'LTR',
  'm²': 'MTK',
  'm³': 'MTQ',
};

export function unit(uom: Source): string | null {
  const symbol = text(uom.symbol);
  return symbol === null ? null : (UNITS[symbol] ?? symbol);
}

/** Keys are ids, which people never see: what other systems hold is the number. No stream is read under these names. */
export function byNumber(
  stream: 'partyCode' | 'saleNumber',
  number: unknown,
  { knownByNumber }: Pick<Config, 'knownByNumber'>,
): { readonly alsoKnownAs?: readonly Claim[] } {
  const key = text(number);
  return knownByNumber && key !== null ? { alsoKnownAs: [{ stream, key }] } : {};
}
