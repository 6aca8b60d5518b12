import type { Mapped, TicketPriority, TicketStatus } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { FieldTable } from './columns.ts';
import { accountReference, reference } from './reference.ts';
import { boolean, dateTime, text } from './values.ts';

export const CASE_FIELDS: FieldTable = {
  always: [],
  fields: {
    number: ['CaseNumber'],
    subject: ['Subject'],
    description: ['Description'],
    status: ['Status', 'IsClosed'],
    statusText: ['Status', 'IsClosed'],
    priority: ['Priority'],
    priorityText: ['Priority'],
    customer: ['AccountId'],
    contact: ['ContactId'],
    openedAt: ['CreatedDate'],
    closedAt: ['ClosedDate'],
    changedAt: ['SystemModstamp'],
  },
};

const STATUSES: Readonly<Record<string, TicketStatus>> = {
  New: 'NEW',
  Working: 'IN_PROGRESS',
  'In Progress': 'IN_PROGRESS',
  'On Hold': 'WAITING',
  'Waiting on Customer': 'WAITING',
  Escalated: 'ESCALATED',
  Resolved: 'RESOLVED',
};
const PRIORITIES: Readonly<Record<string, TicketPriority>> = {
  Low: 'LOW',
  Medium: 'MEDIUM',
  High: 'HIGH',
  Critical: 'CRITICAL',
};

export function toTicket(row: Row): readonly Mapped[] {
  const status = text(row, 'Status');
  const knownStatus = boolean(row, 'IsClosed') === true ? 'CLOSED' : STATUSES[status ?? ''];
  const priority = text(row, 'Priority');
  const knownPriority = PRIORITIES[priority ?? ''];
  const values = {
    number: text(row, 'CaseNumber'),
    subject: text(row, 'Subject'),
    description: text(row, 'Description'),
    ...(status === undefined ? {} : { status: knownStatus ?? null }),
    ...(knownStatus === undefined ? { statusText: status } : {}),
    ...(priority === undefined ? {} : { priority: knownPriority ?? null }),
    ...(knownPriority === undefined ? { priorityText: priority } : {}),
    customer: accountReference(row, 'AccountId'),
    contact: reference(row, 'ContactId', 'contact'),
    openedAt: dateTime(row, 'CreatedDate'),
    closedAt: dateTime(row, 'ClosedDate'),
    changedAt: dateTime(row, 'SystemModstamp'),
  };
  return [{ entity: 'Ticket', values }];
}
