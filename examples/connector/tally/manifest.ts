import type { Manifest } from 'isthmus/sdk';

/** Records of one page, of changes and of ids too. */
export const PAGE_SIZE = 20;
/** The API takes so many ids in one question. */
export const MAX_IDS = 50;

export const manifest = {
  id: 'tally',
  title: 'Tally',
  category: 'other',
  versions: ['3, by its sandbox'],
  maturity: 'experimental',
  discover: true,
  limits: { concurrency: 4, requestsPerSecond: 50 },
  streams: {
    customer: {
      title: 'Customers',
      entities: ['Customer'],
      snapshot: { pageSize: PAGE_SIZE },
      // A deleted customer leaves no trace, so sweeps compare ids.
      changes: { by: 'stamp', precision: 'ms', visibilityLag: 5, stamps: 'all', deletes: 'none' },
      lookup: { maxBatch: MAX_IDS },
      listIds: { pageSize: PAGE_SIZE },
      version: 'orders',
    },
  },
} as const satisfies Manifest;
