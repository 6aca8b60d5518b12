import type { Manifest, StreamManifest } from 'isthmus/sdk';

/**
 * What every object of the product can do. `SystemModstamp` is the last edit by user or automation, in whole seconds;
 * a long transaction may become visible with a stamp from before its commit.
 */
const standard = {
  snapshot: { pageSize: 2000 },
  changes: { by: 'stamp', precision: 's', visibilityLag: 120, stamps: 'all', deletes: 'tombstone' },
  lookup: { maxBatch: 500 },
  list: { filter: true, order: true },
  // Rows that were removed from the recycle bin leave no tombstone.
  listIds: { pageSize: 2000 },
  version: 'orders',
} as const satisfies Partial<StreamManifest>;

export const manifest = {
  id: 'salesforce',
  title: 'Salesforce',
  category: 'crm',
  versions: ['v67.0'],
  maturity: 'experimental',
  discover: true,
  limits: { concurrency: 20, requestsPerDay: 100_000 },
  streams: {
    account: { ...standard, title: 'Accounts', entities: ['Customer', 'Supplier'] },
    contact: { ...standard, title: 'Contacts', entities: ['Contact'] },
    lead: { ...standard, title: 'Leads', entities: ['Lead'] },
    opportunity: { ...standard, title: 'Opportunities', entities: ['Opportunity'] },
    case: { ...standard, title: 'Cases', entities: ['Ticket'] },
  },
} as const satisfies Manifest;

export type StreamName = keyof (typeof manifest)['streams'];
