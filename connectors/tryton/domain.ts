import type { Domain } from './client.ts';

/** A moment as Tryton's JSON spells it. */
export function datetime(ms: number) {
  const at = new Date(ms);
  return {
    __class__: 'datetime',
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    microsecond: at.getUTCMilliseconds() * 1000,
  };
}

/** Milliseconds of a stamp in seconds, such as `1795367803.5777`. Before series 8 SQLite tells whole seconds. */
export function milliseconds(stamp: unknown): number | undefined {
  const ms = Math.floor(Number(stamp ?? Number.NaN) * 1000);
  return Number.isFinite(ms) ? ms : undefined;
}

/** The last millisecond that a stamp can mean. */
export function lastMillisecond(stamp: unknown): number | undefined {
  const ms = milliseconds(stamp);
  return ms === undefined || String(stamp).includes('.') ? ms : ms + 999;
}

/**
 * Stamped from `since` on, and up to `until`. What was never changed has no `write_date`; where there is one it is not
 * before `create_date`, so either will do. A stamp is told rounded to 10 µs, and so may be told as the next millisecond's.
 */
export function stamped(since: number, until?: number): Domain {
  const within = (field: string) => [
    [field, '>=', datetime(since - 1)],
    ...(until === undefined ? [] : [[field, '<', datetime(until + 1)]]),
  ];
  return ['OR', within('write_date'), within('create_date')];
}

/** The same of the record, or of any of its parts, which leave its own stamp alone. */
export function changed(parts: readonly string[], since: number, until?: number): Domain {
  const range = stamped(since, until);
  return ['OR', range, ...parts.map((part) => [[part, 'where', [range]]])];
}
