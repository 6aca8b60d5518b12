import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import { moment, text } from './values.ts';

/** Of the product itself, such as `___Approvals`; 1 is a queue that was disabled. */
const INTERNAL = '2';

export function toTicketQueue(row: Row): readonly Mapped[] {
  const disabled = String(row.Disabled ?? '0');
  if (disabled === INTERNAL) return [];
  return [
    {
      entity: 'TicketQueue',
      values: {
        name: text(row.Name),
        description: text(row.Description),
        email: text(row.CorrespondAddress),
        isActive: disabled === '0',
        changedAt: moment(row.LastUpdated),
      },
    },
  ];
}
