import type { LeadStatus, Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { FieldTable } from './columns.ts';
import { accountReference } from './reference.ts';
import { boolean, dateTime, text } from './values.ts';

export const LEAD_FIELDS: FieldTable = {
  always: [],
  fields: {
    name: ['Name'],
    company: ['Company'],
    email: ['Email'],
    phone: ['Phone'],
    status: ['Status', 'IsConverted'],
    statusText: ['Status', 'IsConverted'],
    source: ['LeadSource'],
    createdOn: ['CreatedDate'],
    convertedCustomer: ['ConvertedAccountId'],
    changedAt: ['SystemModstamp'],
  },
};

/** The values that orgs are delivered with, old and new. */
const STATUSES: Readonly<Record<string, LeadStatus>> = {
  New: 'NEW',
  'Open - Not Contacted': 'NEW',
  Contacted: 'WORKING',
  'Working - Contacted': 'WORKING',
  Nurturing: 'WORKING',
  Qualified: 'QUALIFIED',
  Unqualified: 'DISQUALIFIED',
  'Closed - Not Converted': 'DISQUALIFIED',
  'Closed - Converted': 'CONVERTED',
};

export function toLead(row: Row): readonly Mapped[] {
  const status = text(row, 'Status');
  const known = boolean(row, 'IsConverted') === true ? 'CONVERTED' : STATUSES[status ?? ''];
  const values = {
    name: text(row, 'Name'),
    company: text(row, 'Company'),
    email: text(row, 'Email'),
    phone: text(row, 'Phone'),
    ...(status === undefined ? {} : { status: known ?? null }),
    ...(known === undefined ? { statusText: status } : {}),
    source: text(row, 'LeadSource'),
    createdOn: dateTime(row, 'CreatedDate'),
    convertedCustomer: accountReference(row, 'ConvertedAccountId'),
    changedAt: dateTime(row, 'SystemModstamp'),
  };
  return [{ entity: 'Lead', values }];
}
