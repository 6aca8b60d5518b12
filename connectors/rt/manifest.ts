import type { Manifest, StreamManifest } from 'isthmus/sdk';

/** Larger pages are cut to this without a word. */
export const PAGE = 100;

/** Every change writes a transaction, and transactions are numbered. On some databases a lower number may commit later. */
const stream = {
  snapshot: { pageSize: PAGE },
  changes: { by: 'token', visibilityLag: 5, stamps: 'all', deletes: 'tombstone' },
  lookup: { maxBatch: PAGE },
  // What was shredded took its transactions with it.
  listIds: { pageSize: PAGE },
  version: 'orders',
} as const satisfies Partial<StreamManifest>;

export const manifest = {
  id: 'rt',
  title: 'Request Tracker',
  category: 'service',
  versions: ['5.0.3'],
  maturity: 'proven',
  limits: { concurrency: 2 },
  streams: {
    ticket: { ...stream, title: 'Tickets', entities: ['Ticket'] },
    user: { ...stream, lookup: { maxBatch: 50 }, title: 'Users', entities: ['Contact'] },
    queue: { ...stream, title: 'Queues', entities: ['TicketQueue'] },
  },
} as const satisfies Manifest;
