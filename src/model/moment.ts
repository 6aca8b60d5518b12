/** Days and moments: real ones of the calendar only, in one spelling each. */
import { CodecError } from './codec-error.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):?(\d{2}))$/;
const CANONICAL_LENGTH = 24;

export function parseDate(text: string): string {
  if (!isDay(text)) throw new CodecError('Not a day of the calendar: write it like "2026-01-02".');
  return text;
}

function isDay(text: string): boolean {
  const match = DATE.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** A moment with its zone to the one spelling `2026-01-02T03:04:05.000Z`; digits finer than milliseconds are dropped. */
export function parseDateTime(text: string): string {
  const match = MOMENT.exec(text);
  const fits = match && isDay(match[1] ?? '') && Number(match[2]) < 24 && Number(match[3]) < 60;
  if (!fits || Number(match[4] ?? 0) > 59 || Number(match[7] ?? 0) > 23 || Number(match[8] ?? 0) > 59) {
    throw new CodecError('Not a moment with its zone: write it like "2026-01-02T03:04:05.000Z".');
  }
  if (text.length === CANONICAL_LENGTH && text.endsWith('Z')) return text;
  const milliseconds = (match[5] ?? '').padEnd(3, '0').slice(0, 3);
  const local = Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4] ?? '00'}.${milliseconds}Z`);
  const offset = (Number(match[7] ?? 0) * 60 + Number(match[8] ?? 0)) * 60_000;
  const utc = new Date(match[6] === '-' ? local + offset : local - offset).toISOString();
  if (utc.length !== CANONICAL_LENGTH || utc.startsWith('0000')) {
    throw new CodecError('Not a moment of the years 1 to 9999.');
  }
  return utc;
}
