import type { Address, SourceRef } from 'isthmus/model';
import { RejectedRecordError } from 'isthmus/sdk';
import type { Row } from '../client.ts';

/** A text field: null when empty, undefined when it was not delivered. */
export function text(row: Row, field: string): string | null | undefined {
  const value = row[field];
  if (value === undefined || value === null) return value;
  if (typeof value !== 'string') throw unexpected(field, 'a text');
  return value.trim() === '' ? null : value;
}

export function wholeNumber(row: Row, field: string): number | null | undefined {
  const value = row[field];
  if (value === undefined || value === null) return value;
  if (typeof value !== 'number') throw unexpected(field, 'a number');
  return Math.round(value);
}

/** Microseconds to milliseconds, `Z` throughout. */
export function dateTime(row: Row, field: string): string | null | undefined {
  const value = text(row, field);
  if (value === undefined || value === null) return value;
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) throw unexpected(field, 'a date and time');
  return at.toISOString();
}

/** A related record, as `{ id, name }` or as its id alone. */
export function reference(row: Row, field: string, stream: string): SourceRef | null | undefined {
  const value = row[field];
  if (value === undefined || value === null) return value;
  const key = typeof value === 'string' ? value : (value as Row).id;
  if (typeof key !== 'string') throw unexpected(field, 'a reference');
  return { stream, key };
}

/** The one of several related records, where there is just one. */
export function onlyReference(row: Row, field: string, stream: string): SourceRef | null | undefined {
  const value = row[field];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw unexpected(field, 'a list');
  return value.length === 1 ? reference({ [field]: value[0] }, field, stream) : null;
}

/** The people something is assigned to. They come in no order. */
export function assignees(row: Row): string | null | undefined {
  const value = row.assigned_to;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw unexpected('assigned_to', 'a list');
  const names = value.map((profile: { user_details?: { name?: string; email?: string } }) => {
    return profile.user_details?.name || profile.user_details?.email;
  });
  return names.filter(Boolean).sort().join(', ') || null;
}

export function address(row: Row): Address | null | undefined {
  if (row.city === undefined) return undefined;
  const value = {
    street: text(row, 'address_line'),
    postalCode: text(row, 'postcode'),
    city: text(row, 'city'),
    region: text(row, 'state'),
    country: text(row, 'country'),
  };
  return Object.values(value).every((part) => part === null || part === undefined) ? null : value;
}

function unexpected(field: string, wanted: string): RejectedRecordError {
  return new RejectedRecordError(`${field} is not ${wanted}.`, { details: { field } });
}
