import type { Dice } from './dice.ts';

export const DAY_MS = 86_400_000;

/** Everything in the demo happened before this instant. */
export const AS_OF_MS = Date.parse('2026-09-30T18:00:00Z');
/** Companies and products were entered from here on, */
export const FOUNDED_MS = Date.parse('2021-01-04T07:00:00Z');
/** and business is done from here on. */
export const OPENED_MS = Date.parse('2023-10-02T07:00:00Z');
/** A migration once touched many old records, five hundred in each second. */
const MIGRATED_MS = Date.parse('2024-03-02T02:00:00Z');
const MIGRATED_PER_SECOND = 500;

/** ISO text; written by hand because millions are written and few days repeat. */
export function instant(ms: number): string {
  const inDay = ms - Math.floor(ms / DAY_MS) * DAY_MS;
  const hours = Math.floor(inDay / 3_600_000);
  const minutes = Math.floor(inDay / 60_000) % 60;
  const seconds = Math.floor(inDay / 1000) % 60;
  return `${date(ms)}T${two(hours)}:${two(minutes)}:${two(seconds)}.${String(Math.floor(inDay) % 1000).padStart(3, '0')}Z`;
}

export function date(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  let text = days.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10);
    days.set(day, text);
  }
  return text;
}

/** As many as the demo has days: some thousand. */
const days = new Map<number, string>();

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Some moment of a working day, the share of the way between two instants; whole seconds. */
export function momentBetween(dice: Dice, fromMs: number, toMs: number, share: number): number {
  const dayMs = Math.floor((fromMs + share * (toMs - fromMs)) / DAY_MS) * DAY_MS;
  const ms = dayMs + dice.between(6 * 3600, 17 * 3600) * 1000;
  return Math.min(Math.max(ms, fromMs), toMs - 1000);
}

/** When a record was last changed: often never, sometimes by the migration, else some days after its creation. */
export function changedAfter(dice: Dice, createdMs: number, index: number, withinDays: number): number {
  const draw = dice.unit();
  if (draw < 0.25) return createdMs;
  if (draw < 0.4 && createdMs < MIGRATED_MS) return MIGRATED_MS + Math.floor(index / MIGRATED_PER_SECOND) * 1000;
  const spanMs = Math.min(withinDays * DAY_MS, AS_OF_MS - 1000 - createdMs);
  const ms = createdMs + dice.unit() * dice.unit() * spanMs;
  return Math.max(Math.floor(ms / 1000) * 1000, createdMs);
}
