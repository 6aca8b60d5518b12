import type { Claim, Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { address, assignees, dateTime, text } from './values.ts';

/** Nothing tells when an account was changed. */
export function toCustomer(row: Row, config: Pick<Config, 'alsoKnownAs'>): readonly Mapped[] {
  const values = {
    name: text(row, 'name'),
    email: text(row, 'email'),
    phone: text(row, 'phone'),
    website: text(row, 'website'),
    industry: text(row, 'industry'),
    accountManager: assignees(row),
    address: address(row),
    createdAt: dateTime(row, 'created_at'),
  };
  return [{ entity: 'Customer', values, alsoKnownAs: claimsOf(row, config) }];
}

/** The other system's stream brings the key to its own spelling. */
function claimsOf(row: Row, { alsoKnownAs }: Pick<Config, 'alsoKnownAs'>): readonly Claim[] {
  if (alsoKnownAs === undefined) return [];
  const key = (row.custom_fields as Row | undefined)?.[alsoKnownAs.customField];
  const isTold = (typeof key === 'string' && key.trim() !== '') || typeof key === 'number';
  return isTold ? [{ connection: alsoKnownAs.connection, stream: alsoKnownAs.stream, key: String(key).trim() }] : [];
}
