import type { Manifest, StreamManifest } from 'isthmus/sdk';

/** Records of a page where the config says nothing. */
export const PAGE = 200;

/**
 * A stamp is the moment at which its transaction began, so a record may appear that much later than its stamp says.
 * Deletions are only hinted at, by the log of Tryton 7.0 and later.
 */
const changes = { by: 'stamp', precision: 'ms', visibilityLag: 10, stamps: 'all', deletes: 'hinted' } as const;

/** No `orders`: the stamp of a record is the latest of its own and its parts', which a deleted part takes back. */
const standard = {
  snapshot: { pageSize: PAGE },
  changes,
  lookup: { maxBatch: 200 },
  listIds: { pageSize: 10 * PAGE },
  version: 'none',
} as const satisfies Partial<StreamManifest>;

export const manifest = {
  id: 'tryton',
  title: 'Tryton',
  category: 'erp',
  versions: ['7.0', '8.2'],
  maturity: 'experimental',
  discover: true,
  limits: { concurrency: 4 },
  streams: {
    party: { ...standard, title: 'Parties', entities: ['Customer', 'Supplier'] },
    contact: { ...standard, title: 'Contact mechanisms with a name', entities: ['Contact'] },
    product: { ...standard, title: 'Product variants', entities: ['Product'] },
    warehouse: { ...standard, title: 'Warehouses', entities: ['Warehouse'] },
    stock: {
      ...standard,
      title: 'Stock of goods by warehouse',
      entities: ['StockLevel'],
      changes: { ...changes, deletes: 'tombstone' },
    },
    sale: { ...standard, title: 'Sales', entities: ['SalesOrder', 'SalesOrderLine'] },
    purchase: { ...standard, title: 'Purchases', entities: ['PurchaseOrder', 'PurchaseOrderLine'] },
    invoice: { ...standard, title: 'Customer invoices', entities: ['Invoice', 'InvoiceLine'] },
  },
} as const satisfies Manifest;

export type StreamName = keyof typeof manifest.streams;
