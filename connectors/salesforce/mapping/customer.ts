import type { Claim, Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import type { FieldTable } from './columns.ts';
import { address, dateTime, parentText, text } from './values.ts';

export const ACCOUNT_FIELDS: FieldTable = {
  always: ['Type'],
  fields: {
    number: ['AccountNumber'],
    name: ['Name'],
    phone: ['Phone'],
    website: ['Website'],
    industry: ['Industry'],
    address: ['BillingStreet', 'BillingCity', 'BillingState', 'BillingPostalCode', 'BillingCountry'],
    accountManager: ['Owner.Name'],
    createdAt: ['CreatedDate'],
    changedAt: ['SystemModstamp'],
  },
};

/** An account is a customer, or may become one; those of type Vendor are suppliers. */
export function toCustomer(row: Row, config: Pick<Config, 'alsoKnownAs'>): readonly Mapped[] {
  const claims = claimsOf(row, config);
  const common = {
    number: text(row, 'AccountNumber'),
    name: text(row, 'Name'),
    phone: text(row, 'Phone'),
    address: address(row, 'Billing'),
    createdAt: dateTime(row, 'CreatedDate'),
    changedAt: dateTime(row, 'SystemModstamp'),
  };
  if (row.Type === 'Vendor') return [{ entity: 'Supplier', values: common, alsoKnownAs: claims }];
  const values = {
    ...common,
    website: text(row, 'Website'),
    industry: text(row, 'Industry'),
    accountManager: parentText(row, 'Owner', 'Name'),
  };
  return [{ entity: 'Customer', values, alsoKnownAs: claims }];
}

/** The other system's stream brings the key to its own spelling. */
function claimsOf(row: Row, { alsoKnownAs }: Pick<Config, 'alsoKnownAs'>): readonly Claim[] {
  if (alsoKnownAs === undefined) return [];
  const key = text(row, alsoKnownAs.field)?.trim();
  return key === undefined ? [] : [{ connection: alsoKnownAs.connection, stream: alsoKnownAs.stream, key }];
}
