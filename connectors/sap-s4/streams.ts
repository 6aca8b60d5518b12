import type { Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import type { Row } from './client.ts';
import type { SapS4Config } from './config.ts';
import {
  type ColumnTable,
  CREDIT_COLUMNS,
  INVOICE_COLUMNS,
  PARTNER_COLUMNS,
  PRODUCT_COLUMNS,
  PURCHASE_ORDER_COLUMNS,
  SALES_ORDER_COLUMNS,
} from './mapping/columns.ts';
import { toInvoice } from './mapping/finance.ts';
import { toPurchaseOrder, toSalesOrder } from './mapping/orders.ts';
import { toContact, toCreditLimit, toParties } from './mapping/party.ts';
import { toProduct, toStockLevel, toWarehouse } from './mapping/supply.ts';
import { allOf, type Literal, milliseconds, stringLiteral, timeOfDay } from './odata.ts';

/** How a set tells that a row was changed. */
export type Stamp =
  | { readonly kind: 'moment'; readonly field: string }
  | { readonly kind: 'date'; readonly field: string }
  /** Date and time, in a pair for changes and one for the creation: a row that was never changed has no other. */
  | { readonly kind: 'pair' };

/** Rows of another set that belong to a row: read with it, hung into it under `property`. */
export interface PartSource {
  readonly set: string;
  /** The part's field that names its row. */
  readonly parent: string;
  readonly property: string;
  readonly select: readonly string[];
  readonly expand?: readonly string[];
  /** `property` is a navigation of the row: few rows are read with `$expand`. */
  readonly isNavigation: boolean;
}

/** Where a stream comes from and what is asked for. */
export interface StreamSource {
  readonly service: string;
  readonly set: string;
  /** In the set's own order; the first is enough for most. */
  readonly key: readonly string[];
  readonly select: readonly string[];
  readonly expand?: readonly string[];
  /** Always applied. */
  readonly filter?: string;
  readonly stamp?: Stamp;
  readonly createdAt?: (row: Row) => number | undefined;
  readonly parts?: PartSource;
  /** Companies behind the parts, read after them: field of the part, hung into it as `company`. */
  readonly companies?: { readonly field: string; readonly select: readonly string[] };
  /** Properties that are no strings. */
  readonly types: Readonly<Record<string, Literal>>;
  readonly keyOf: (row: Row) => string;
  /** The filter that finds a key; it may find more. */
  readonly clause: (key: string) => string;
  readonly normalizeKey?: (key: string) => string;
  readonly map: (record: SourceRecord) => readonly Mapped[];
  /** Which of the columns a field needs; all are read for any where this is absent. */
  readonly columns?: ColumnTable;
}

/** Numbers are shown without leading zeros by most services and typed with them by people. */
export function withoutLeadingZeros(key: string): string {
  // Most keys begin with another digit.
  if (!key.startsWith('0')) return key;
  return /^\d+$/.test(key) ? key.replace(/^0+(?=\d)/, '') : key;
}

function byKey(field: string): Pick<StreamSource, 'key' | 'keyOf' | 'clause' | 'normalizeKey'> {
  return {
    key: [field],
    keyOf: (row) => text(row[field]),
    clause: (key) => `${field} eq ${stringLiteral(key)}`,
    normalizeKey: withoutLeadingZeros,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}

const below = (path: string, list: string) => words(list).map((name) => `${path}/${name}`);

const PARTNER_STAMPS = words('CreationDate CreationTime LastChangeDate LastChangeTime');
const PARTNER_TYPES = {
  BusinessPartnerIsBlocked: 'boolean',
  IsMarkedForArchiving: 'boolean',
  CreationDate: 'datetime',
  CreationTime: 'time',
  LastChangeDate: 'datetime',
  LastChangeTime: 'time',
} as const;

const creationDate = (row: Row) => milliseconds(row.CreationDate);
const creationPair = (row: Row) => {
  const date = creationDate(row);
  return date === undefined ? undefined : date + timeOfDay(row.CreationTime);
};

const businessPartner: StreamSource = {
  service: 'API_BUSINESS_PARTNER',
  set: 'A_BusinessPartner',
  ...byKey('BusinessPartner'),
  select: [
    ...words(`BusinessPartner Customer Supplier BusinessPartnerCategory BusinessPartnerFullName FirstName LastName
      OrganizationBPName1 OrganizationBPName2 OrganizationBPName3 OrganizationBPName4 Industry BusinessPartnerIsBlocked
      IsMarkedForArchiving`),
    ...PARTNER_STAMPS,
    ...below(
      'to_BusinessPartnerAddress',
      'AddressID StreetName HouseNumber PostalCode CityName Region Country ValidityEndDate',
    ),
    ...below('to_BusinessPartnerAddress/to_EmailAddress', 'EmailAddress IsDefaultEmailAddress OrdinalNumber'),
    ...below(
      'to_BusinessPartnerAddress/to_PhoneNumber',
      'PhoneNumber InternationalPhoneNumber IsDefaultPhoneNumber OrdinalNumber',
    ),
    ...below('to_BusinessPartnerTax', 'BPTaxType BPTaxNumber'),
  ],
  expand: words(`to_BusinessPartnerAddress to_BusinessPartnerAddress/to_EmailAddress
    to_BusinessPartnerAddress/to_PhoneNumber to_BusinessPartnerTax`),
  filter: "(Customer ne '' or Supplier ne '')",
  stamp: { kind: 'pair' },
  createdAt: creationPair,
  types: PARTNER_TYPES,
  map: toParties,
  columns: PARTNER_COLUMNS,
};

const contact: StreamSource = {
  service: 'API_BUSINESS_PARTNER',
  set: 'A_BusinessPartner',
  ...byKey('BusinessPartner'),
  select: [...words('BusinessPartner FirstName LastName BusinessPartnerFullName'), ...PARTNER_STAMPS],
  filter: "BusinessPartnerCategory eq '1'",
  stamp: { kind: 'pair' },
  createdAt: creationPair,
  parts: {
    set: 'A_BusinessPartnerContact',
    parent: 'BusinessPartnerPerson',
    property: 'relationships',
    select: [
      ...words('RelationshipNumber BusinessPartnerCompany BusinessPartnerPerson ValidityEndDate'),
      ...below(
        'to_ContactRelationship',
        'ContactPersonFunctionName ContactPersonDepartmentName EmailAddress PhoneNumber',
      ),
    ],
    expand: ['to_ContactRelationship'],
    isNavigation: false,
  },
  companies: { field: 'BusinessPartnerCompany', select: words('BusinessPartner Customer Supplier') },
  types: PARTNER_TYPES,
  map: toContact,
};

function creditAccount(config: SapS4Config): StreamSource {
  return {
    service: 'API_CRDTMBUSINESSPARTNER',
    set: 'CreditManagementAccount',
    ...byKey('BusinessPartner'),
    select: words(`BusinessPartner CreditSegment CreditLimitAmount CreditSegmentCurrency CreditLimitIsZero
      CreditAccountIsBlocked CreditLimitLastChangeDate`),
    filter: `CreditSegment eq ${stringLiteral(config.creditSegment)}`,
    stamp: { kind: 'date', field: 'CreditLimitLastChangeDate' },
    types: {
      CreditLimitAmount: 'decimal',
      CreditLimitIsZero: 'boolean',
      CreditAccountIsBlocked: 'boolean',
      CreditLimitLastChangeDate: 'datetime',
    },
    map: toCreditLimit,
    columns: CREDIT_COLUMNS,
  };
}

function product(config: SapS4Config): StreamSource {
  return {
    service: 'API_PRODUCT_SRV',
    set: 'A_Product',
    ...byKey('Product'),
    select: [
      ...words(`Product ProductType ProductGroup BaseUnit NetWeight WeightUnit CrossPlantStatus IsMarkedForDeletion
        CreationDate LastChangeDateTime`),
      ...below('to_Description', 'Language ProductDescription'),
    ],
    expand: ['to_Description'],
    stamp: { kind: 'moment', field: 'LastChangeDateTime' },
    createdAt: creationDate,
    types: {
      IsMarkedForDeletion: 'boolean',
      NetWeight: 'decimal',
      CreationDate: 'datetime',
      LastChangeDateTime: 'datetimeoffset',
    },
    map: (record) => toProduct(record, config.language),
    columns: PRODUCT_COLUMNS,
  };
}

const plant: StreamSource = {
  service: 'API_PLANT_SRV',
  set: 'A_Plant',
  key: ['Plant'],
  keyOf: (row) => text(row.Plant),
  clause: (key) => `Plant eq ${stringLiteral(key)}`,
  select: ['Plant', 'PlantName'],
  types: {},
  map: toWarehouse,
};

const STOCK_KEY = words(`Material Plant StorageLocation Batch Supplier Customer WBSElementInternalID SDDocument
  SDDocumentItem InventorySpecialStockType InventoryStockType`);

/** The eleven parts of a stock key, in the set's order. */
function stockKey(row: Row): string {
  if (text(row.Material) === '') return '';
  return STOCK_KEY.map((name) => encodeURIComponent(withoutLeadingZeros(text(row[name])))).join('/');
}

const stock: StreamSource = {
  service: 'API_MATERIAL_STOCK_SRV',
  set: 'A_MatlStkInAcctMod',
  key: STOCK_KEY,
  keyOf: stockKey,
  clause: (key) => {
    const [material = '', place = ''] = key.split('/').map(decodeURIComponent);
    return allOf([`Material eq ${stringLiteral(material)}`, `Plant eq ${stringLiteral(place)}`])!;
  },
  select: [...STOCK_KEY, 'MaterialBaseUnit', 'MatlWrhsStkQtyInMatlBaseUnit'],
  filter: "InventoryStockType eq '01'",
  types: { MatlWrhsStkQtyInMatlBaseUnit: 'decimal' },
  map: toStockLevel,
};

const DOCUMENT_TYPES = { CreationDate: 'datetime', LastChangeDateTime: 'datetimeoffset' } as const;

const salesOrder: StreamSource = {
  service: 'API_SALES_ORDER_SRV',
  set: 'A_SalesOrder',
  ...byKey('SalesOrder'),
  select: words(`SalesOrder SoldToParty SalesOrderDate RequestedDeliveryDate TotalNetAmount TransactionCurrency
    PurchaseOrderByCustomer OverallSDProcessStatus OverallTotalDeliveryStatus OverallSDDocumentRejectionSts CreationDate
    LastChangeDateTime`),
  stamp: { kind: 'moment', field: 'LastChangeDateTime' },
  createdAt: creationDate,
  parts: {
    set: 'A_SalesOrderItem',
    parent: 'SalesOrder',
    property: 'to_Item',
    select: words(`SalesOrder SalesOrderItem SalesOrderItemText Material RequestedQuantity RequestedQuantityUnit
      RequestedQuantityISOUnit NetAmount TransactionCurrency`),
    isNavigation: true,
  },
  types: {
    ...DOCUMENT_TYPES,
    SalesOrderDate: 'datetime',
    RequestedDeliveryDate: 'datetime',
    TotalNetAmount: 'decimal',
  },
  map: toSalesOrder,
  columns: SALES_ORDER_COLUMNS,
};

const purchaseOrder: StreamSource = {
  service: 'API_PURCHASEORDER_PROCESS_SRV',
  set: 'A_PurchaseOrder',
  ...byKey('PurchaseOrder'),
  select: words(`PurchaseOrder Supplier PurchaseOrderDate DocumentCurrency PurchasingDocumentDeletionCode
    PurchasingProcessingStatus ReleaseIsNotCompleted CreationDate LastChangeDateTime`),
  stamp: { kind: 'moment', field: 'LastChangeDateTime' },
  createdAt: creationDate,
  parts: {
    set: 'A_PurchaseOrderItem',
    parent: 'PurchaseOrder',
    property: 'to_PurchaseOrderItem',
    select:
      words(`PurchaseOrder PurchaseOrderItem PurchaseOrderItemText Material OrderQuantity PurchaseOrderQuantityUnit
      NetPriceAmount NetPriceQuantity DocumentCurrency PurchasingDocumentDeletionCode IsCompletelyDelivered
      IsFinallyInvoiced`),
    isNavigation: true,
  },
  types: { ...DOCUMENT_TYPES, PurchaseOrderDate: 'datetime', ReleaseIsNotCompleted: 'boolean' },
  map: toPurchaseOrder,
  columns: PURCHASE_ORDER_COLUMNS,
};

const billingDocument: StreamSource = {
  service: 'API_BILLING_DOCUMENT_SRV',
  set: 'A_BillingDocument',
  ...byKey('BillingDocument'),
  select: words(`BillingDocument SoldToParty PayerParty BillingDocumentDate BillingDocumentIsCancelled TaxAmount
    TotalGrossAmount TransactionCurrency InvoiceClearingStatus CreationDate CreationTime LastChangeDateTime`),
  stamp: { kind: 'moment', field: 'LastChangeDateTime' },
  createdAt: creationPair,
  parts: {
    set: 'A_BillingDocumentItem',
    parent: 'BillingDocument',
    property: 'to_Item',
    select:
      words(`BillingDocument BillingDocumentItem BillingDocumentItemText Material BillingQuantity BillingQuantityUnit
      NetAmount TransactionCurrency SalesDocument`),
    isNavigation: true,
  },
  types: {
    ...DOCUMENT_TYPES,
    CreationTime: 'time',
    BillingDocumentDate: 'datetime',
    BillingDocumentIsCancelled: 'boolean',
    TaxAmount: 'decimal',
    TotalGrossAmount: 'decimal',
  },
  map: toInvoice,
  columns: INVOICE_COLUMNS,
};

/** One entry a stream of the manifest. */
export function streamSources(config: SapS4Config) {
  return {
    businessPartner,
    contact,
    creditAccount: creditAccount(config),
    product: product(config),
    plant,
    stock,
    salesOrder,
    purchaseOrder,
    billingDocument,
  };
}
