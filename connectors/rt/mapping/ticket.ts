import type { Mapped, TicketPriority, TicketStatus } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { customField, moment, text } from './values.ts';

/** Of the life cycle that comes with the product; others have words of their own. */
const STATUSES: Readonly<Record<string, TicketStatus>> = {
  new: 'NEW',
  open: 'IN_PROGRESS',
  stalled: 'WAITING',
  resolved: 'RESOLVED',
  rejected: 'CLOSED',
};

/** Priorities are numbers, and the product's own names for them are at 0, 50 and 100. */
function priorityOf(value: unknown): TicketPriority | null {
  const number = Number(text(value) ?? Number.NaN);
  if (Number.isNaN(number)) return null;
  if (number < 50) return 'LOW';
  return number < 100 ? 'MEDIUM' : 'HIGH';
}

export function toTicket(row: Row, { customer }: Config): readonly Mapped[] {
  const status = text(row.Status);
  const known = STATUSES[status ?? ''];
  const requestor = text((row.Requestor as readonly Row[] | undefined)?.[0]?.id);
  const queue = text(String((row.Queue as Row | undefined)?.id ?? ''));
  const number = customer && customField(row, customer.customField);
  return [
    {
      entity: 'Ticket',
      values: {
        number: String(row.id),
        subject: text(row.Subject),
        status: known ?? null,
        statusText: known === undefined ? status : null,
        priority: priorityOf(row.Priority),
        contact: requestor === null ? null : { stream: 'user', key: requestor },
        queue: queue === null ? null : { stream: 'queue', key: queue },
        ...(customer &&
          number !== undefined && {
            customer:
              number === null ? null : { connection: customer.connection, stream: customer.stream, key: number },
          }),
        openedAt: moment(row.Created),
        closedAt: moment(row.Resolved),
        changedAt: moment(row.LastUpdated),
      },
    },
  ];
}
