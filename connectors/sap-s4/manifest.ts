import type { Manifest } from 'isthmus/sdk';

const LOOKUP = { maxBatch: 250 } as const;
const PAGE = { pageSize: 500 } as const;
const IDS = { pageSize: 1000 } as const;
/** A document becomes visible when its update task commits, seconds after its stamp was taken. */
const VISIBILITY_LAG = 120;
const DOCUMENT_CHANGES = {
  by: 'stamp',
  precision: 's',
  visibilityLag: VISIBILITY_LAG,
  stamps: 'all',
  deletes: 'none',
} as const;
/** Addresses, roles, relationships and credit blocks move no stamp of their partner or account. */
const PARTNER_CHANGES = { ...DOCUMENT_CHANGES, stamps: 'partial' } as const;
const LIST = { filter: true, order: true } as const;

export const manifest = {
  id: 'sap-s4',
  title: 'SAP S/4HANA (OData V2)',
  category: 'erp',
  versions: ['S/4HANA OData V2 A2X services, by its sandbox'],
  maturity: 'experimental',
  discover: true,
  limits: { concurrency: 4 },
  streams: {
    businessPartner: {
      title: 'Business partners that are customers or suppliers',
      entities: ['Customer', 'Supplier'],
      snapshot: PAGE,
      changes: PARTNER_CHANGES,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'none',
    },
    contact: {
      title: 'Contact persons of business partners',
      entities: ['Contact'],
      snapshot: PAGE,
      changes: PARTNER_CHANGES,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'none',
    },
    creditAccount: {
      title: 'Credit limits',
      entities: ['Customer'],
      snapshot: PAGE,
      changes: { ...PARTNER_CHANGES, precision: 'date' },
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'none',
    },
    product: {
      title: 'Products',
      entities: ['Product'],
      snapshot: PAGE,
      changes: PARTNER_CHANGES,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'none',
    },
    plant: {
      title: 'Plants',
      entities: ['Warehouse'],
      snapshot: PAGE,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'none',
    },
    stock: {
      title: 'Unrestricted stock by plant and storage location',
      entities: ['StockLevel'],
      snapshot: PAGE,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'none',
    },
    salesOrder: {
      title: 'Sales orders with their items',
      entities: ['SalesOrder'],
      snapshot: PAGE,
      changes: DOCUMENT_CHANGES,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'orders',
    },
    purchaseOrder: {
      title: 'Purchase orders with their items',
      entities: ['PurchaseOrder'],
      snapshot: PAGE,
      changes: DOCUMENT_CHANGES,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'orders',
    },
    billingDocument: {
      title: 'Billing documents with their items',
      entities: ['Invoice'],
      snapshot: PAGE,
      changes: DOCUMENT_CHANGES,
      lookup: LOOKUP,
      list: LIST,
      listIds: IDS,
      version: 'orders',
    },
  },
} as const satisfies Manifest;
