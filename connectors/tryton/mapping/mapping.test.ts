import { describe, expect, test } from '@jest/globals';
import { codecOf } from 'isthmus/model';
import { config } from '../config.ts';
import { changed, datetime, milliseconds } from '../domain.ts';
import { recordOf } from '../reading.ts';
import { toInvoice } from './invoice.ts';
import { toPurchaseOrder, toSalesOrder } from './order.ts';
import { toContact, toParties } from './party.ts';
import { date, decimal, moment, money, unit } from './values.ts';

const coded = (value: string) => ({ __class__: 'Decimal', decimal: value });
const STAMP = { __class__: 'datetime', year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5, microsecond: 6789 };
const settings = (more: object = {}) =>
  config.parse({ url: 'https://erp.example', database: 'erp', user: 'hub', password: 'secret', ...more });
const record = (source: Record<string, unknown>) => recordOf({ id: 7, _timestamp: '1767323045.006789', ...source }, []);

describe('values', () => {
  test.each([
    [coded('12.50'), '12.50', '12.50'],
    [coded('0E-8'), '0E-8', '0.00000000'],
    [coded('1E+3'), '1E+3', '1000'],
    [coded('-1.5E-2'), '-1.5E-2', '-0.015'],
    [3, '3', '3'],
    [0.1, '0.1', '0.1'],
    [1e-7, '1e-7', '0.0000001'],
  ])('decimal %j is given as %s, which is %s', (given, expected, meant) => {
    expect(decimal(given)).toBe(expected);
    expect(codecOf('Decimal').parse(decimal(given))).toBe(meant);
  });

  test('no decimal is none', () => {
    expect([decimal(null), decimal(undefined)]).toEqual([null, null]);
  });

  test.each([[coded('NaN')], [coded('1,5')], ['12'], [{}]])('%j is refused', (given) => {
    expect(() => codecOf('Decimal').parse(decimal(given))).toThrow(/Not a decimal number/);
  });

  test('moments are UTC, days have no time', () => {
    expect(moment(STAMP)).toBe('2026-01-02T03:04:05.006Z');
    expect(date({ __class__: 'date', year: 2026, month: 1, day: 2 })).toBe('2026-01-02');
    expect([moment(null), date(undefined)]).toEqual([null, null]);
    expect(datetime(Date.UTC(2026, 0, 2, 3, 4, 5, 6))).toEqual({ ...STAMP, microsecond: 6000 });
    expect([milliseconds('1767323045.006789'), milliseconds(null)]).toEqual([1767323045006, undefined]);
  });

  test('no amount without a currency, no unit without a symbol', () => {
    expect(money(coded('1'), {})).toBeNull();
    expect(money(null, { code: 'EUR' })).toBeNull();
    expect([unit({ symbol: 'u' }), unit({ symbol: 'crate' }), unit({})]).toEqual(['C62', 'crate', null]);
  });
});

describe('records', () => {
  test('are as new as the newest of their parts', () => {
    const row = {
      id: 7,
      _timestamp: '10',
      'lines.': [{ _timestamp: '12.5' }, { _timestamp: '11' }],
      'template.': null,
    };
    expect(recordOf(row, ['lines', 'template'])).toMatchObject({ key: '7', changedAt: 12_500 });
    expect(recordOf(row, [])).toMatchObject({ changedAt: 10_000 });
    expect(recordOf(row, ['lines'], 11_000)).toMatchObject({ changedAt: 11_000 });
    expect(recordOf({}, [])).toEqual({ key: '', source: {} });
  });

  test('are asked for by their own stamps and those of their parts', () => {
    const [since, until] = [datetime(999), datetime(2001)];
    const range = [
      'OR',
      [
        ['write_date', '>=', since],
        ['write_date', '<', until],
      ],
      [
        ['create_date', '>=', since],
        ['create_date', '<', until],
      ],
    ];
    expect(changed(['lines'], 1000, 2000)).toEqual(['OR', range, [['lines', 'where', [range]]]]);
  });

  test('that Tryton could not compute are set aside', () => {
    expect(() => toParties(record({ refused: 'No rate' }), settings())).toThrow(/cannot read this record: No rate/);
  });
});

describe('parties', () => {
  const row = {
    ...{ code: '12', name: 'Acme', active: 1, create_date: STAMP },
    'categories.': [{ id: 1, name: 'Customers' }],
    'addresses.': [
      { active: 0, city: 'Old' },
      { active: 1, street: 'Main 5\n c/o Ann', city: 'Bonn', postal_code: '', 'country.': { code: 'DE' } },
    ],
    'contact_mechanisms.': [
      { active: 0, type: 'email', value: 'old@acme.example' },
      { active: 1, type: 'mobile', value: '+49 170 1' },
      { active: 1, type: 'phone', value: '+49 30 1' },
    ],
    credit_limit_amount: coded('5000'),
    'currency.': { code: 'EUR' },
  };

  test('take the first address and the first means that are in use', () => {
    const [customer, supplier] = toParties(record(row), settings());
    expect(customer).toMatchObject({
      entity: 'Customer',
      values: {
        ...{ number: '12', email: null, phone: '+49 30 1', isBlocked: false },
        address: { street: 'Main 5, c/o Ann', city: 'Bonn', postalCode: null, region: null, country: 'DE' },
        creditLimit: { amount: '5000', currency: 'EUR' },
        ...{ createdAt: '2026-01-02T03:04:05.006Z', changedAt: '2026-01-02T03:04:05.006Z' },
      },
    });
    expect(supplier).toMatchObject({ entity: 'Supplier', values: { number: '12' } });
  });

  test.each([
    [{ customerCategory: 'Customers', supplierCategory: 'Suppliers' }, ['Customer']],
    [{ supplierCategory: 'Customers' }, ['Customer', 'Supplier']],
    [{ customerCategory: 'Nobody', supplierCategory: 'Nobody' }, []],
  ])('have the roles of their categories: %j', (more, entities) => {
    expect(toParties(record(row), settings(more)).map(({ entity }) => entity)).toEqual(entities);
  });

  test('are known by their code, and sales by their number, only where others hold those', () => {
    const sale = record({ number: 'S-1', state: 'draft' });
    const asked = settings({ knownByNumber: true });
    expect(toParties(record(row), asked).map(({ alsoKnownAs }) => alsoKnownAs)).toEqual([
      [{ stream: 'partyCode', key: '12' }],
      [{ stream: 'partyCode', key: '12' }],
    ]);
    expect(toSalesOrder(sale, asked)[0]!.alsoKnownAs).toEqual([{ stream: 'saleNumber', key: 'S-1' }]);
    expect(toSalesOrder(record({ state: 'draft' }), asked)[0]!.alsoKnownAs).toBeUndefined();
    for (const mapped of [...toParties(record(row), settings()), ...toSalesOrder(sale, settings())]) {
      expect(mapped.alsoKnownAs).toBeUndefined();
    }
  });

  test('are spoken for by those who are named', () => {
    const mechanism = { active: true, type: 'email', value: 'ann@acme.example', party: 12 };
    expect(toContact(record({ ...mechanism, name: 'Ann' }))).toMatchObject([
      { entity: 'Contact', values: { name: 'Ann', phone: null, customer: { stream: 'party', key: '12' } } },
    ]);
    expect(toContact(record({ ...mechanism, name: ' ' }))).toEqual([]);
    expect(toContact(record({ ...mechanism, name: 'Ann', active: false }))).toEqual([]);
  });
});

describe('documents', () => {
  const status = (mapped: readonly { readonly values: object }[]) => (mapped[0]!.values as { status: unknown }).status;
  const lines = [
    { id: 1, type: 'title', description: 'Pumps' },
    { id: 2, type: 'line', product: 9, quantity: 2.5, 'unit.': { symbol: 'kg' }, amount: coded('10.00') },
  ];

  test('carry the lines that sell something', () => {
    const [mapped] = toSalesOrder(record({ party: 3, 'lines.': lines, 'currency.': { code: 'EUR' } }), settings());
    const product = { stream: 'product', key: '9' };
    const netAmount = { amount: '10.00', currency: 'EUR' };
    const values = { lineNumber: '1', product, description: null, quantity: '2.5', unit: 'KGM', netAmount };
    expect(mapped!.parts).toEqual({ SalesOrderLine: { extent: 'complete', items: [{ key: '2', values }] } });
  });

  test.each([
    ['quotation', 'none', 'DRAFT', 'IN_APPROVAL'],
    ['processing', 'waiting', 'OPEN', 'OPEN'],
    ['processing', 'partially shipped', 'PARTIALLY_DELIVERED', 'PARTIALLY_DELIVERED'],
    ['processing', 'sent', 'DELIVERED', 'OPEN'],
    ['processing', 'received', 'OPEN', 'DELIVERED'],
    ['done', 'sent', 'COMPLETED', 'CLOSED'],
    ['cancelled', 'none', 'CANCELLED', 'CANCELLED'],
    ['parked', 'none', null, null],
  ])('%s, %s', (state, shipment_state, sales, purchase) => {
    expect(status(toSalesOrder(record({ state, shipment_state }), settings()))).toBe(sales);
    expect(status(toPurchaseOrder(record({ state, shipment_state })))).toBe(purchase);
  });

  test.each([
    ['posted', '100', '100', 'OPEN'],
    ['posted', '40.00', '100', 'PARTIALLY_PAID'],
    ['paid', '0', '100', 'PAID'],
    ['validated', '100', '100', 'DRAFT'],
  ])('an invoice %s with %s to pay of %s', (state, left, total, expected) => {
    const row = { state, amount_to_pay: coded(left), total_amount: coded(total), sales: [4, 5] };
    expect(status(toInvoice(record(row)))).toBe(expected);
    expect(toInvoice(record(row))[0]!.values).toMatchObject({ order: { stream: 'sale', key: '4' } });
  });
});
