import { describe, expect, test } from '@jest/globals';
import { config } from '../config.ts';
import { toContact } from './contact.ts';
import { toTicket } from './ticket.ts';
import { toTicketQueue } from './ticket-queue.ts';

const settings = (more: object = {}) => config.parse({ url: 'https://rt.example', token: '1-14-x', ...more });
const NEVER = '1970-01-01T00:00:00Z';
const CHANGED = '2026-11-23T02:42:46Z';

describe('ticket', () => {
  const row = {
    ...{ id: '7', Subject: 'No water', Status: 'open', Priority: '50', LastUpdated: CHANGED, Created: CHANGED },
    Queue: { id: '3', type: 'queue' },
    Requestor: [{ id: 'ann@example.org', type: 'user' }, { id: 'bob@example.org' }],
    Resolved: NEVER,
    CustomFields: [{ name: 'Customer number', values: ['4711'] }],
  };
  const valuesOf = (more: object, options: object = {}) => toTicket({ ...row, ...more }, settings(options))[0]!.values;

  test('refers to its queue and to whoever asked first', () => {
    expect(toTicket(row, settings())).toEqual([
      {
        entity: 'Ticket',
        values: {
          ...{ number: '7', subject: 'No water', status: 'IN_PROGRESS', statusText: null, priority: 'MEDIUM' },
          contact: { stream: 'user', key: 'ann@example.org' },
          queue: { stream: 'queue', key: '3' },
          ...{ openedAt: '2026-11-23T02:42:46.000Z', closedAt: null, changedAt: '2026-11-23T02:42:46.000Z' },
        },
      },
    ]);
    expect(valuesOf({ Requestor: [], Queue: undefined })).toMatchObject({ contact: null, queue: null });
  });

  test.each([
    ['new', 'NEW', null],
    ['stalled', 'WAITING', null],
    ['resolved', 'RESOLVED', null],
    ['rejected', 'CLOSED', null],
    ['in review', null, 'in review'],
  ])('the state %s', (Status, status, statusText) => {
    expect(valuesOf({ Status })).toMatchObject({ status, statusText });
  });

  test.each([
    ['0', 'LOW'],
    ['49', 'LOW'],
    ['99', 'MEDIUM'],
    ['100', 'HIGH'],
    ['', null],
    ['urgent', null],
  ])('the priority %j', (Priority, priority) => {
    expect(valuesOf({ Priority })).toMatchObject({ priority });
  });

  test.each([
    [[{ name: 'Customer number', values: ['4711'] }], { connection: 'erp', stream: 'party', key: '4711' }],
    [[{ name: 'Customer number', values: [] }], null],
    [[{ name: 'Colour', values: ['red'] }], undefined],
    ['none', undefined],
  ])('the customer of %j', (CustomFields, customer) => {
    const named = { customer: { customField: 'Customer number', connection: 'erp', stream: 'party' } };
    expect((valuesOf({ CustomFields }, named) as { customer?: unknown }).customer).toEqual(customer);
  });
});

describe('user', () => {
  test('is called by the real name, and by the login where there is none', () => {
    const row = { Name: 'ann@example.org', RealName: 'Ann', EmailAddress: 'ann@example.org', MobilePhone: '+49 1' };
    expect(toContact(row)[0]!.values).toEqual({
      name: 'Ann',
      email: 'ann@example.org',
      phone: '+49 1',
      changedAt: null,
    });
    expect(toContact({ ...row, RealName: ' ' })[0]!.values).toMatchObject({ name: 'ann@example.org' });
  });

  test('of the product is nobody', () => {
    expect([...toContact({ Name: 'RT_System' }), ...toContact({ Name: 'Nobody' })]).toEqual([]);
  });
});

describe('queue', () => {
  const row = {
    id: '3',
    Name: 'Billing',
    Description: '',
    CorrespondAddress: 'billing@example.org',
    LastUpdated: CHANGED,
  };

  test.each([
    ['0', true],
    ['1', false],
    [1, false],
    [undefined, true],
  ])('disabled: %j', (Disabled, isActive) => {
    expect(toTicketQueue({ ...row, Disabled })).toEqual([
      {
        entity: 'TicketQueue',
        values: {
          ...{ name: 'Billing', description: null, email: 'billing@example.org', isActive },
          changedAt: '2026-11-23T02:42:46.000Z',
        },
      },
    ]);
  });

  test('of the product itself is none', () => {
    expect(toTicketQueue({ ...row, Disabled: '2' })).toEqual([]);
  });
});
