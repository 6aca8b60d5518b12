import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import { accountReference } from './reference.ts';
import { dateTime, parentText, text } from './values.ts';

export const CONTACT_FIELDS = [
  'Name',
  'FirstName',
  'LastName',
  'Email',
  'Phone',
  'MobilePhone',
  'Title',
  'Department',
  'AccountId',
  'Account.Type',
] as const;

export function toContact(row: Row): readonly Mapped[] {
  const isSuppliers = parentText(row, 'Account', 'Type') === 'Vendor';
  const company = accountReference(row, 'AccountId');
  const values = {
    name: text(row, 'Name'),
    givenName: text(row, 'FirstName'),
    familyName: text(row, 'LastName'),
    email: text(row, 'Email'),
    phone: text(row, 'Phone') ?? text(row, 'MobilePhone'),
    jobTitle: text(row, 'Title'),
    role: text(row, 'Department'),
    customer: isSuppliers ? null : company,
    supplier: isSuppliers ? company : null,
    changedAt: dateTime(row, 'SystemModstamp'),
  };
  return [{ entity: 'Contact', values }];
}
