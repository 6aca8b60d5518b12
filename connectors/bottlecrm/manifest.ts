import type { Manifest, StreamManifest } from 'isthmus/sdk';

/** A row takes the server milliseconds, and every page carries the organisation's pick lists besides. */
export const PAGE = 100;

/** No list tells what changed since, and none tells of deletions: each is read whole, again and again. */
const whole = {
  snapshot: { pageSize: PAGE },
  lookup: { maxBatch: 8 },
  version: 'none',
} as const satisfies Omit<StreamManifest, 'title' | 'entities'>;

export const manifest = {
  id: 'bottlecrm',
  title: 'BottleCRM',
  category: 'crm',
  versions: ['1.35'],
  maturity: 'proven',
  webhook: true,
  limits: { concurrency: 4, requestsPerSecond: 10 },
  streams: {
    account: { ...whole, title: 'Accounts', entities: ['Customer'] },
    contact: { ...whole, title: 'Contacts', entities: ['Contact'] },
    lead: { ...whole, title: 'Leads', entities: ['Lead'] },
    opportunity: { ...whole, title: 'Deals', entities: ['Opportunity'] },
    case: { ...whole, title: 'Tickets', entities: ['Ticket'] },
  },
} as const satisfies Manifest;

export type StreamName = keyof (typeof manifest)['streams'];
