import { expect, test } from '@jest/globals';
import { toCustomer } from './customer.ts';

const ROW = {
  id: 'C-17',
  name: 'Ashford Trading',
  email: 'office@ashford.example',
  limit: { value: '5000.00', currency: 'EUR' },
  blocked: false,
  created: '2026-01-02T03:04:05.006Z',
  updated: '2026-02-03T04:05:06.007Z',
};

test('a customer with everything', () => {
  expect(toCustomer(ROW)).toEqual([
    {
      entity: 'Customer',
      values: {
        number: 'C-17',
        name: 'Ashford Trading',
        email: 'office@ashford.example',
        creditLimit: { amount: '5000.00', currency: 'EUR' },
        isBlocked: false,
        createdAt: ROW.created,
        changedAt: ROW.updated,
      },
    },
  ]);
});

test('no limit and no address are known to be none', () => {
  const [mapped] = toCustomer({ ...ROW, email: null, limit: null });
  expect(mapped?.values).toMatchObject({ email: null, creditLimit: null });
});
