import type { Address, Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import type { Config } from '../config.ts';
import { behind, byNumber, flag, instant, many, moment, money, reference, rowOf, type Source, text } from './values.ts';

/** A party has no role: the categories of the config tell, and without them each is both. */
export function toParties(record: SourceRecord, config: Config): readonly Mapped[] {
  const row = rowOf(record);
  const shared = {
    number: text(row.code),
    name: text(row.name),
    taxNumber: text(behind(row, 'tax_identifier').code),
    email: mechanism(row, 'email'),
    phone: mechanism(row, 'phone', 'mobile'),
    isBlocked: !flag(row.active),
    address: address(row),
    createdAt: moment(row.create_date),
    changedAt: instant(record.changedAt),
  };
  const names = byNumber('partyCode', row.code, config);
  const mapped: Mapped[] = [];
  if (isIn(row, config.customerCategory)) {
    const creditLimit = money(row.credit_limit_amount, behind(row, 'currency'));
    mapped.push({
      entity: 'Customer',
      values: { ...shared, website: mechanism(row, 'website'), creditLimit },
      ...names,
    });
  }
  if (isIn(row, config.supplierCategory)) mapped.push({ entity: 'Supplier', values: shared, ...names });
  return mapped;
}

/** A way to reach somebody who is named with it. */
export function toContact(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const name = text(row.name);
  if (name === null || !flag(row.active)) return [];
  const party = reference('party', row.party);
  return [
    {
      entity: 'Contact',
      values: {
        name,
        email: row.type === 'email' ? text(row.value) : null,
        phone: row.type === 'phone' || row.type === 'mobile' ? text(row.value) : null,
        customer: party,
        supplier: party,
        changedAt: instant(record.changedAt),
      },
    },
  ];
}

function isIn(row: Source, category: string | undefined): boolean {
  return category === undefined || many(row, 'categories').some(({ name }) => name === category);
}

/** The first of these kinds, in Tryton's own order. */
function mechanism(row: Source, ...kinds: readonly string[]): string | null {
  const usable = many(row, 'contact_mechanisms').filter(({ active }) => flag(active));
  const found = kinds.map((kind) => usable.find(({ type }) => type === kind)).find((each) => each !== undefined);
  return text(found?.value);
}

/** The first that is in use. */
function address(row: Source): Address | null {
  const found = many(row, 'addresses').find(({ active }) => flag(active));
  if (found === undefined) return null;
  return {
    street: text(found.street)?.replace(/\s*\n\s*/g, ', ') ?? null,
    houseNumber: null,
    postalCode: text(found.postal_code),
    city: text(found.city),
    region: text(behind(found, 'subdivision').code),
    country: text(behind(found, 'country').code),
  };
}
