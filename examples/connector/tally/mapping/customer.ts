import type { Mapped } from 'isthmus/model';
import type { CustomerRow } from '../client.ts';

/** Absent is unknown, null is a value: what the API always sends is never left out. */
export function toCustomer(row: CustomerRow): readonly Mapped[] {
  return [
    {
      entity: 'Customer',
      values: {
        number: row.id,
        name: row.name,
        email: row.email,
        creditLimit: row.limit && { amount: row.limit.value, currency: row.limit.currency },
        isBlocked: row.blocked,
        createdAt: row.created,
        changedAt: row.updated,
      },
    },
  ];
}
