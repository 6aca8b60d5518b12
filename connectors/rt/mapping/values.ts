import type { Row } from '../client.ts';

/** Empty is none. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** "Not set" is the first second of 1970. */
export function moment(value: unknown): string | null {
  if (typeof value !== 'string' || value.startsWith('1970-01-01T00:00:00')) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

export function milliseconds(value: unknown): number | undefined {
  const at = moment(value);
  return at === null ? undefined : Date.parse(at);
}

/** The first value of a custom field; undefined where the ticket has no such field. */
export function customField(row: Row, name: string): string | null | undefined {
  const fields = Array.isArray(row.CustomFields) ? (row.CustomFields as readonly Row[]) : [];
  const field = fields.find((each) => each.name === name);
  return field === undefined ? undefined : text((field.values as readonly unknown[] | undefined)?.[0]);
}
