import { describe, expect, test } from '@jest/globals';
import { lineAmount } from './amounts.ts';
import { toInvoice } from './finance.ts';
import { toPurchaseOrder, toSalesOrder } from './orders.ts';

const record = (source: object) => ({ key: '1', source, changedAt: 0, createdAt: 0 });

describe('sales order', () => {
  test.each([
    ['rejected whole', 'C', 'A', 'C', { status: 'CANCELLED' }],
    ['processed whole', 'C', 'C', 'A', { status: 'COMPLETED' }],
    ['delivered, not yet billed', 'B', 'C', 'A', { status: 'DELIVERED' }],
    ['delivered in part', 'B', 'B', 'B', { status: 'PARTIALLY_DELIVERED' }],
    ['new', 'A', 'A', 'A', { status: 'OPEN' }],
    ['new, without deliveries', 'A', '', '', { status: 'OPEN' }],
    ['a code nobody knows', 'X', 'A', 'A', { status: null, statusText: 'X' }],
    ['no status', '', '', '', { status: null }],
  ])('%s', (_, process, delivery, rejection, expected) => {
    const source = {
      OverallSDProcessStatus: process,
      OverallTotalDeliveryStatus: delivery,
      OverallSDDocumentRejectionSts: rejection,
    };
    const { values } = toSalesOrder(record(source))[0]!;
    expect(values).toMatchObject(expected);
    expect('statusText' in values).toBe('statusText' in expected);
  });

  test('lines, only when they were read', () => {
    expect(toSalesOrder(record({ SalesOrder: '1' }))[0]!.parts).toBeUndefined();
    const item = {
      SalesOrderItem: '10',
      Material: 'PMP-10000',
      RequestedQuantity: '2.000',
      RequestedQuantityUnit: 'ST',
      RequestedQuantityISOUnit: 'PCE',
      NetAmount: '0.300',
      TransactionCurrency: 'EUR',
    };
    const [mapped] = toSalesOrder(record({ SoldToParty: '0001000012', to_Item: { results: [item] } }));
    expect(mapped!.values).toMatchObject({ customer: { stream: 'businessPartner', key: '0001000012' } });
    expect(mapped!.parts!.SalesOrderLine).toEqual({
      extent: 'complete',
      items: [
        {
          key: '10',
          values: {
            lineNumber: '10',
            product: { stream: 'product', key: 'PMP-10000' },
            quantity: '2.000',
            unit: 'C62',
            netAmount: { amount: '0.300', currency: 'EUR' },
          },
        },
      ],
    });
  });

  test('an amount without its currency is no amount', () => {
    const [mapped] = toSalesOrder(record({ TotalNetAmount: '5.00', TransactionCurrency: '' }));
    expect(mapped!.values).toMatchObject({ total: null });
  });
});

describe('purchase order', () => {
  const item = (more: object) => ({
    PurchaseOrderItem: '10',
    OrderQuantity: '3',
    NetPriceAmount: '10.00',
    NetPriceQuantity: '1',
    DocumentCurrency: 'EUR',
    ...more,
  });
  const order = (header: object, items: object[]) =>
    toPurchaseOrder(
      record({
        PurchasingProcessingStatus: '02',
        DocumentCurrency: 'EUR',
        ...header,
        to_PurchaseOrderItem: { results: items },
      }),
    )[0]!;

  test.each([
    ['deleted', { PurchasingDocumentDeletionCode: 'L' }, [{}], { status: 'CANCELLED' }],
    ['in release', { ReleaseIsNotCompleted: true }, [{}], { status: 'IN_APPROVAL' }],
    ['nothing came', {}, [{}], { status: 'OPEN' }],
    ['some came', {}, [{ IsCompletelyDelivered: true }, {}], { status: 'PARTIALLY_DELIVERED' }],
    ['all came', {}, [{ IsCompletelyDelivered: true }], { status: 'DELIVERED' }],
    ['and was billed', {}, [{ IsCompletelyDelivered: true, IsFinallyInvoiced: true }], { status: 'CLOSED' }],
    ['unknown', { PurchasingProcessingStatus: '77' }, [{}], { status: null, statusText: '77' }],
  ])('%s', (_, header, items, expected) => {
    expect(order(header, items.map(item)).values).toMatchObject(expected);
  });

  test('the total leaves deleted items out', () => {
    const mapped = order({}, [
      item({}),
      item({ PurchasingDocumentDeletionCode: 'L' }),
      item({ NetPriceQuantity: '100' }),
    ]);
    expect(mapped.values).toMatchObject({ total: { amount: '30.30', currency: 'EUR' } });
    expect(mapped.parts!.PurchaseOrderLine!.items).toHaveLength(2);
  });

  test.each([
    ['10.00', '3', '1', 2, '30.00'],
    ['0.1', '0.2', '1', 2, '0.02'],
    ['0.005', '1', '1', 2, '0.01'],
    ['-0.005', '1', '1', 2, '-0.01'],
    ['100', '1', '3', 0, '33'],
    ['1.2345', '1000', '0', 3, '1234.500'],
    ['9999999999999.99', '9999999999.999', '1000', 2, '99999999999989900000.00'],
  ])('%s × %s ÷ %s with %i decimals', (price, quantity, per, decimals, expected) => {
    expect(lineAmount(price, quantity, per, decimals)).toBe(expected);
  });
});

describe('invoice', () => {
  test.each([
    ['open', { InvoiceClearingStatus: 'A' }, { status: 'OPEN' }],
    ['cleared', { InvoiceClearingStatus: 'C' }, { status: 'PAID' }],
    [
      'cancelled, though cleared',
      { InvoiceClearingStatus: 'C', BillingDocumentIsCancelled: true },
      { status: 'CANCELLED' },
    ],
    ['unknown', { InvoiceClearingStatus: 'Q' }, { status: null, statusText: 'Q' }],
  ])('%s', (_, source, expected) => {
    expect(toInvoice(record(source))[0]!.values).toMatchObject(expected);
  });

  test('the first order that it bills; no due date, since none is told', () => {
    const items = [
      { BillingDocumentItem: '10', SalesDocument: '' },
      { BillingDocumentItem: '20', SalesDocument: '55' },
    ];
    const [mapped] = toInvoice(record({ PayerParty: '7', SoldToParty: '', to_Item: { results: items } }));
    expect(mapped!.values).toMatchObject({
      order: { stream: 'salesOrder', key: '55' },
      customer: { stream: 'businessPartner', key: '7' },
    });
    expect(mapped!.values).not.toHaveProperty('dueOn');
  });
});
