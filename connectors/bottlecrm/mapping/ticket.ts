import type { Mapped, TicketPriority, TicketStatus } from 'isthmus/model';
import type { Row } from '../client.ts';
import { dateTime, onlyReference, reference, text } from './values.ts';

const STATUSES: Readonly<Record<string, TicketStatus>> = {
  New: 'NEW',
  Assigned: 'IN_PROGRESS',
  Pending: 'WAITING',
  Closed: 'CLOSED',
  Rejected: 'CLOSED',
};
const PRIORITIES: Readonly<Record<string, TicketPriority>> = {
  Low: 'LOW',
  Normal: 'MEDIUM',
  High: 'HIGH',
  Urgent: 'CRITICAL',
};

/** Tickets have no number, and nothing tells when one was changed. */
export function toTicket(row: Row): readonly Mapped[] {
  const status = text(row, 'status');
  const knownStatus = STATUSES[status ?? ''];
  const priority = text(row, 'priority');
  const knownPriority = PRIORITIES[priority ?? ''];
  const values = {
    subject: text(row, 'name'),
    description: text(row, 'description'),
    ...(status === undefined ? {} : { status: knownStatus ?? null }),
    ...(knownStatus === undefined ? { statusText: status } : {}),
    ...(priority === undefined ? {} : { priority: knownPriority ?? null }),
    ...(knownPriority === undefined ? { priorityText: priority } : {}),
    customer: reference(row, 'account', 'account'),
    contact: onlyReference(row, 'contacts', 'contact'),
    openedAt: dateTime(row, 'created_at'),
    closedAt: dateTime(row, 'resolved_at') ?? (text(row, 'closed_on') ? dateTime(row, 'closed_on') : null),
  };
  return [{ entity: 'Ticket', values }];
}
