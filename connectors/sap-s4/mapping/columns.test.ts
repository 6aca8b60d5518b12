import { describe, expect, test } from '@jest/globals';
import { streamSources } from '../streams.ts';
import { columnsFor } from './columns.ts';

const sources = streamSources({ creditSegment: '0000', language: 'EN' } as never);
const date = '/Date(1492041600000)/';

/** A row of every stream that has a table, with a value in each column. */
const ROWS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  businessPartner: {
    BusinessPartner: '1',
    Customer: '1',
    Supplier: '1',
    OrganizationBPName1: 'Acme',
    Industry: 'Z1',
    BusinessPartnerIsBlocked: false,
    IsMarkedForArchiving: false,
    CreationDate: date,
    CreationTime: 'PT1H',
    LastChangeDate: date,
    LastChangeTime: 'PT2H',
    to_BusinessPartnerTax: { results: [{ BPTaxType: 'DE0', BPTaxNumber: 'DE1' }] },
    to_BusinessPartnerAddress: {
      results: [
        {
          AddressID: '1',
          ValidityEndDate: '/Date(253402300799000)/',
          StreetName: 'Main',
          HouseNumber: '1',
          PostalCode: '1',
          CityName: 'Bonn',
          Region: 'NW',
          Country: 'DE',
          to_EmailAddress: { results: [{ EmailAddress: 'a@acme.example', IsDefaultEmailAddress: true }] },
          to_PhoneNumber: { results: [{ PhoneNumber: '1', IsDefaultPhoneNumber: true }] },
        },
      ],
    },
  },
  creditAccount: {
    BusinessPartner: '1',
    CreditLimitAmount: '5.00',
    CreditSegmentCurrency: 'EUR',
    CreditLimitIsZero: false,
    CreditAccountIsBlocked: false,
  },
  product: {
    Product: 'P',
    BaseUnit: 'ST',
    ProductGroup: 'G',
    NetWeight: '1.0',
    WeightUnit: 'KG',
    IsMarkedForDeletion: false,
    LastChangeDateTime: date,
    to_Description: { results: [{ Language: 'EN', ProductDescription: 'Pump' }] },
  },
  salesOrder: {
    SalesOrder: '1',
    SoldToParty: '1',
    SalesOrderDate: date,
    RequestedDeliveryDate: date,
    OverallSDProcessStatus: 'A',
    OverallTotalDeliveryStatus: 'A',
    OverallSDDocumentRejectionSts: 'A',
    TotalNetAmount: '1.00',
    TransactionCurrency: 'EUR',
    PurchaseOrderByCustomer: 'X',
    CreationDate: date,
    LastChangeDateTime: date,
  },
  purchaseOrder: {
    PurchaseOrder: '1',
    Supplier: '1',
    PurchaseOrderDate: date,
    DocumentCurrency: 'EUR',
    PurchasingDocumentDeletionCode: '',
    PurchasingProcessingStatus: '02',
    ReleaseIsNotCompleted: false,
    LastChangeDateTime: date,
    to_PurchaseOrderItem: { results: [] },
  },
  billingDocument: {
    BillingDocument: '1',
    SoldToParty: '1',
    PayerParty: '1',
    BillingDocumentDate: date,
    BillingDocumentIsCancelled: false,
    InvoiceClearingStatus: 'A',
    TaxAmount: '1.00',
    TotalGrossAmount: '2.00',
    TransactionCurrency: 'EUR',
    LastChangeDateTime: date,
    to_Item: { results: [{ BillingDocumentItem: '10', SalesDocument: '1' }] },
  },
};

const tabled = Object.entries(sources).flatMap(([name, source]) =>
  'columns' in source ? [[name, source] as const] : [],
);
const LINES = ['to_Item', 'to_PurchaseOrderItem'];

/** The row as the system gives it when only these columns are selected. */
function narrowed(row: Readonly<Record<string, unknown>>, columns: readonly string[], hasLines: boolean): object {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    const below = columns
      .filter((column) => column.startsWith(`${name}/`))
      .map((column) => column.slice(name.length + 1));
    if (columns.includes(name) || (hasLines && LINES.includes(name))) kept[name] = value;
    else if (below.length > 0) {
      const { results } = value as { results: Readonly<Record<string, unknown>>[] };
      kept[name] = { results: results.map((each) => narrowed(each, below, false)) };
    }
  }
  return kept;
}

function mapped(name: string, row: object, stamps: object = {}) {
  const source = sources[name as keyof typeof sources];
  const { createdAt } = source as { createdAt?: (row: never) => number | undefined };
  const created = createdAt?.(row as never);
  return source.map({ key: '1', source: row, ...(created === undefined ? {} : { createdAt: created }), ...stamps });
}

describe.each(tabled)('%s', (name, source) => {
  const row = ROWS[name]!;
  const [whole] = mapped(name, row, { changedAt: 0 });
  const fields = Object.keys(whole!.values);

  test('names a source for every field that is mapped, among the columns that a full read asks for', () => {
    const needless = ['number'];
    for (const field of fields.filter((each) => !needless.includes(each))) {
      expect([...Object.keys(source.columns!.fields), ...(source.columns!.lines?.tell ?? [])]).toContain(field);
    }
    for (const column of Object.values(source.columns!.fields).flat()) expect(source.select).toContain(column);
  });

  test.each(fields)('%s is told by its columns alone, and the others are unknown', (field) => {
    const { columns, hasLines } = columnsFor(source.columns!, { [whole!.entity]: [field] });
    const stamps = columns.some((column) => column.startsWith('LastChange')) ? { changedAt: 0 } : {};
    const [part] = mapped(name, narrowed(row, columns, hasLines), stamps);
    const values = part!.values as Readonly<Record<string, unknown>>;
    expect(values[field]).toEqual((whole!.values as Readonly<Record<string, unknown>>)[field]);
    const sharing = new Set([...columns, ...source.columns!.always]);
    for (const other of fields) {
      const needs = source.columns!.fields[other];
      if (needs === undefined || needs.every((column) => sharing.has(column))) continue;
      expect([other, values[other]]).toEqual([other, undefined]);
    }
  });
});

test('lines are wanted by their entity', () => {
  const { columns } = sources.salesOrder;
  expect(columnsFor(columns!, { SalesOrder: ['total'] }).hasLines).toBe(false);
  expect(columnsFor(columns!, { SalesOrderLine: ['quantity'] }).hasLines).toBe(true);
});
