import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { FieldTable } from './columns.ts';
import { accountReference } from './reference.ts';
import { dateTime, parentText, text } from './values.ts';

export const CONTACT_FIELDS: FieldTable = {
  always: [],
  fields: {
    name: ['Name'],
    givenName: ['FirstName'],
    familyName: ['LastName'],
    email: ['Email'],
    phone: ['Phone', 'MobilePhone'],
    jobTitle: ['Title'],
    role: ['Department'],
    customer: ['AccountId', 'Account.Type'],
    supplier: ['AccountId', 'Account.Type'],
    changedAt: ['SystemModstamp'],
  },
};

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
    customer: isSuppliers && company !== undefined ? null : company,
    supplier: isSuppliers || company === undefined ? company : null,
    changedAt: dateTime(row, 'SystemModstamp'),
  };
  return [{ entity: 'Contact', values }];
}
