import type { LeadStatus, Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import { dateTime, text } from './values.ts';

/** A converted lead is in no list; what it became is an account. */
const STATUSES: Readonly<Record<string, LeadStatus>> = {
  assigned: 'NEW',
  'in process': 'WORKING',
  recycled: 'WORKING',
  closed: 'DISQUALIFIED',
};

export function toLead(row: Row): readonly Mapped[] {
  const status = text(row, 'status');
  const known = STATUSES[status ?? ''];
  const values = {
    name: [text(row, 'first_name'), text(row, 'last_name')].filter(Boolean).join(' ') || text(row, 'title'),
    company: text(row, 'company_name'),
    email: text(row, 'email'),
    phone: text(row, 'phone'),
    ...(status === undefined ? {} : { status: known ?? null }),
    ...(known === undefined ? { statusText: status } : {}),
    source: text(row, 'source'),
    createdOn: dateTime(row, 'created_at'),
    changedAt: dateTime(row, 'updated_at'),
  };
  return [{ entity: 'Lead', values }];
}
