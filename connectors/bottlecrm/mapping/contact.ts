import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import { dateTime, onlyReference, reference, text } from './values.ts';

/** A contact names its main account, or is merely in the lists of accounts: one of these will do. */
export function toContact(row: Row): readonly Mapped[] {
  const givenName = text(row, 'first_name');
  const familyName = text(row, 'last_name');
  const values = {
    name: [givenName, familyName].filter(Boolean).join(' ') || null,
    givenName,
    familyName,
    email: text(row, 'email'),
    phone: text(row, 'phone'),
    jobTitle: text(row, 'title'),
    role: text(row, 'department'),
    customer: reference(row, 'account', 'account') ?? onlyReference(row, 'linked_accounts', 'account'),
    changedAt: dateTime(row, 'updated_at'),
  };
  return [{ entity: 'Contact', values }];
}
