import type { EntityName } from 'isthmus/model';
import type { WantedFields } from 'isthmus/sdk';

/** Which columns the mapping of a stream reads for which canonical field; those behind a navigation by their path. */
export interface ColumnTable {
  /** They tell the key, and as what a row is mapped. */
  readonly always: readonly string[];
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** The entity of the document's lines, and the fields of the document itself that are told by its lines. */
  readonly lines?: { readonly entity: EntityName; readonly tell: readonly string[] };
}

export interface NeededColumns {
  readonly columns: readonly string[];
  readonly hasLines: boolean;
}

/** Of all that a stream maps, what these fields need. A field that the stream does not tell needs nothing. */
export function columnsFor(table: ColumnTable, wanted: WantedFields): NeededColumns {
  const columns = new Set(table.always);
  let hasLines = false;
  for (const [entity, names] of Object.entries(wanted)) {
    if (entity === table.lines?.entity) {
      hasLines = true;
      continue;
    }
    for (const name of names) {
      for (const column of table.fields[name] ?? []) columns.add(column);
      if (table.lines?.tell.includes(name)) hasLines = true;
    }
  }
  return { columns: [...columns], hasLines };
}

const NAMES = [
  'BusinessPartnerFullName',
  'FirstName',
  'LastName',
  'OrganizationBPName1',
  'OrganizationBPName2',
  'OrganizationBPName3',
  'OrganizationBPName4',
];
const PARTNER_STAMPS = ['CreationDate', 'CreationTime', 'LastChangeDate', 'LastChangeTime'];
const ADDRESS = 'to_BusinessPartnerAddress';
/** Which of several addresses is the current one. */
const CURRENT = [`${ADDRESS}/AddressID`, `${ADDRESS}/ValidityEndDate`];
const below = (path: string, ...names: readonly string[]) => names.map((name) => `${path}/${name}`);

export const PARTNER_COLUMNS: ColumnTable = {
  always: ['BusinessPartner', 'Customer', 'Supplier'],
  fields: {
    name: NAMES,
    legalName: NAMES,
    industry: ['Industry'],
    taxNumber: below('to_BusinessPartnerTax', 'BPTaxType', 'BPTaxNumber'),
    email: [...CURRENT, ...below(`${ADDRESS}/to_EmailAddress`, 'EmailAddress', 'IsDefaultEmailAddress')],
    phone: [...CURRENT, ...below(`${ADDRESS}/to_PhoneNumber`, 'PhoneNumber', 'IsDefaultPhoneNumber')],
    isBlocked: ['BusinessPartnerIsBlocked', 'IsMarkedForArchiving'],
    address: [
      ...CURRENT,
      ...below(ADDRESS, 'StreetName', 'HouseNumber', 'PostalCode', 'CityName', 'Region', 'Country'),
    ],
    createdAt: PARTNER_STAMPS,
    changedAt: PARTNER_STAMPS,
  },
};

export const CREDIT_COLUMNS: ColumnTable = {
  always: ['BusinessPartner'],
  fields: {
    creditLimit: ['CreditLimitAmount', 'CreditSegmentCurrency', 'CreditLimitIsZero'],
    isBlocked: ['CreditAccountIsBlocked'],
  },
};

export const PRODUCT_COLUMNS: ColumnTable = {
  always: ['Product'],
  fields: {
    name: below('to_Description', 'Language', 'ProductDescription'),
    unit: ['BaseUnit'],
    group: ['ProductGroup'],
    weight: ['NetWeight', 'WeightUnit'],
    isDiscontinued: ['IsMarkedForDeletion'],
    changedAt: ['LastChangeDateTime'],
  },
};

const SALES_STATUS = ['OverallSDProcessStatus', 'OverallTotalDeliveryStatus', 'OverallSDDocumentRejectionSts'];

export const SALES_ORDER_COLUMNS: ColumnTable = {
  always: ['SalesOrder'],
  fields: {
    customer: ['SoldToParty'],
    orderedOn: ['SalesOrderDate'],
    requestedDeliveryOn: ['RequestedDeliveryDate'],
    status: SALES_STATUS,
    statusText: SALES_STATUS,
    total: ['TotalNetAmount', 'TransactionCurrency'],
    customerReference: ['PurchaseOrderByCustomer'],
    createdAt: ['CreationDate'],
    changedAt: ['LastChangeDateTime'],
  },
  lines: { entity: 'SalesOrderLine', tell: [] },
};

const PURCHASE_STATUS = ['PurchasingDocumentDeletionCode', 'PurchasingProcessingStatus', 'ReleaseIsNotCompleted'];

export const PURCHASE_ORDER_COLUMNS: ColumnTable = {
  always: ['PurchaseOrder'],
  fields: {
    supplier: ['Supplier'],
    orderedOn: ['PurchaseOrderDate'],
    status: PURCHASE_STATUS,
    statusText: PURCHASE_STATUS,
    total: ['DocumentCurrency'],
    changedAt: ['LastChangeDateTime'],
  },
  lines: { entity: 'PurchaseOrderLine', tell: ['status', 'statusText', 'total'] },
};

const INVOICE_STATUS = ['BillingDocumentIsCancelled', 'InvoiceClearingStatus'];

export const INVOICE_COLUMNS: ColumnTable = {
  always: ['BillingDocument'],
  fields: {
    customer: ['SoldToParty', 'PayerParty'],
    issuedOn: ['BillingDocumentDate'],
    status: INVOICE_STATUS,
    statusText: INVOICE_STATUS,
    total: ['TotalGrossAmount', 'TransactionCurrency'],
    tax: ['TaxAmount', 'TransactionCurrency'],
    changedAt: ['LastChangeDateTime'],
  },
  lines: { entity: 'InvoiceLine', tell: ['order'] },
};
