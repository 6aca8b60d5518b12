import { describe, expect, test } from '@jest/globals';
import type { Row } from '../client.ts';
import { toContact } from './contact.ts';
import { toCustomer } from './customer.ts';
import { toLead } from './lead.ts';
import { toOpportunity } from './opportunity.ts';
import { toTicket } from './ticket.ts';

const stamps = { created_at: '2026-11-22T23:17:37.896541Z', updated_at: '2026-11-22T23:18:00.000001Z' };
const config = { currency: 'EUR', alsoKnownAs: { customField: 'erp_number', connection: 'erp', stream: 'party' } };
const known = (values: object) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
const profile = (name: string) => ({ user_details: { name, email: `${name}@example.org` } });

describe('account', () => {
  const row: Row = {
    name: 'Acme',
    phone: '',
    city: 'Hamburg',
    country: 'DE',
    assigned_to: [profile('Zoe'), profile('Al')],
  };

  test('a customer with its claim; nothing tells when it was changed', () => {
    const [customer] = toCustomer({ ...row, ...stamps, custom_fields: { erp_number: ' C1 ' } }, config);
    expect(known(customer!.values)).toEqual({
      name: 'Acme',
      phone: null,
      accountManager: 'Al, Zoe',
      address: { city: 'Hamburg', country: 'DE' },
      createdAt: '2026-11-22T23:17:37.896Z',
    });
    expect(customer!.alsoKnownAs).toEqual([{ connection: 'erp', stream: 'party', key: 'C1' }]);
  });

  test.each([[{}], [{ erp_number: '' }], [{ erp_number: null }], [{ erp_number: true }]])(
    'no claim from %j',
    (fields) => {
      expect(toCustomer({ ...row, custom_fields: fields }, config)[0]!.alsoKnownAs).toEqual([]);
    },
  );

  test('an address without anything is none', () => {
    const nothing = { address_line: '', city: null, state: null, postcode: null, country: '' };
    expect(toCustomer({ ...row, ...nothing }, config)[0]!.values).toMatchObject({ address: null });
  });
});

describe('contact', () => {
  const linked = [{ id: 'a2', name: 'B' }];
  test.each([
    ['its main account', { account: 'a1', linked_accounts: linked }, { stream: 'account', key: 'a1' }],
    ['the only account that lists it', { account: null, linked_accounts: linked }, { stream: 'account', key: 'a2' }],
    ['none of several', { account: null, linked_accounts: [...linked, { id: 'a3' }] }, null],
    ['none', { account: null, linked_accounts: [] }, null],
  ])('speaks for %s', (_, accounts, customer) => {
    const [contact] = toContact({ first_name: 'Ada', last_name: 'Love', ...accounts, ...stamps });
    expect(contact!.values).toMatchObject({ name: 'Ada Love', customer, changedAt: '2026-11-22T23:18:00.000Z' });
  });
});

test.each([
  ['assigned', { status: 'NEW' }],
  ['recycled', { status: 'WORKING' }],
  ['closed', { status: 'DISQUALIFIED' }],
  ['invented', { status: null, statusText: 'invented' }],
])('a lead that is %s', (status, values) => {
  expect(toLead({ status, first_name: '', last_name: '', title: 'Fair', ...stamps })[0]!.values).toMatchObject({
    name: 'Fair',
    ...values,
  });
});

describe('opportunity', () => {
  test.each([
    [{ stage: 'PROPOSAL', stage_kind: 'open' }, { stage: 'PROPOSAL' }],
    [{ stage: 'SIGNED', stage_kind: 'won' }, { stage: 'WON' }],
    [{ stage: 'CLOSED_LOST', stage_kind: 'lost' }, { stage: 'LOST' }],
    [
      { stage: 'DEMO_BOOKED', stage_kind: 'open', stage_label: 'Demo' },
      { stage: null, stageText: 'Demo' },
    ],
  ])('%j', (stage, values) => {
    expect(toOpportunity({ name: 'Deal', ...stage }, config)[0]!.values).toMatchObject(values);
  });

  test.each([
    [
      { amount: '5000.10', currency: 'USD' },
      { amount: '5000.10', currency: 'USD' },
    ],
    [
      { amount: '5000.10', currency: null },
      { amount: '5000.10', currency: 'EUR' },
    ],
    [{ amount: null, currency: 'USD' }, null],
  ])('an amount of %j', (row, amount) => {
    expect(toOpportunity({ name: 'Deal', stage: 'PROPOSAL', ...row }, config)[0]!.values).toMatchObject({ amount });
  });
});

describe('ticket', () => {
  const row: Row = { name: 'Broken', status: 'Closed', priority: 'Normal', account: { id: 'a1', name: 'Acme' } };
  test.each([
    [{ resolved_at: '2026-11-22T23:17:37.896541Z', closed_on: '2026-11-20' }, '2026-11-22T23:17:37.896Z'],
    [{ resolved_at: null, closed_on: '2026-11-20' }, '2026-11-20T00:00:00.000Z'],
    [{ resolved_at: null, closed_on: null }, null],
  ])('closed as %j', (closed, closedAt) => {
    const contacts = [{ id: 'c1' }];
    expect(toTicket({ ...row, ...closed, contacts })[0]!.values).toMatchObject({
      subject: 'Broken',
      status: 'CLOSED',
      priority: 'MEDIUM',
      customer: { stream: 'account', key: 'a1' },
      contact: { stream: 'contact', key: 'c1' },
      closedAt,
    });
  });

  test('a field of another shape sets the record aside', () => {
    expect(() => toTicket({ ...row, contacts: 'c1' })).toThrow(expect.objectContaining({ code: 'REJECTED_RECORD' }));
  });
});
