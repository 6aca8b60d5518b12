import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import { moment, text } from './values.ts';

/** Of the product itself, and nobody to write to. */
const SYSTEM_USERS = new Set(['RT_System', 'Nobody']);

export function toContact(row: Row): readonly Mapped[] {
  if (SYSTEM_USERS.has(String(row.Name))) return [];
  return [
    {
      entity: 'Contact',
      values: {
        name: text(row.RealName) ?? text(row.Name),
        email: text(row.EmailAddress),
        phone: text(row.WorkPhone) ?? text(row.MobilePhone),
        changedAt: moment(row.LastUpdated),
      },
    },
  ];
}
