import type { Page, SourceRecord, StreamAbilities, StreamMapping } from 'isthmus/sdk';
import { type CustomerList, type CustomerRow, listCustomers, listIds } from './client.ts';
import { PAGE_SIZE } from './manifest.ts';
import { toCustomer } from './mapping/customer.ts';

type CustomerAbilities = Pick<StreamAbilities, 'snapshot' | 'changes' | 'lookup' | 'listIds'>;

/** Each ability is one question to the API; paging, cursor and retry are the engine's. */
export const customer: StreamMapping & CustomerAbilities = {
  map: (record) => toCustomer(record.source as CustomerRow),

  async snapshot({ page }, http) {
    return pageOf(await listCustomers(http, { limit: PAGE_SIZE, after: page }));
  },

  async changes({ since = 0, page }, http) {
    const changedSince = new Date(since).toISOString();
    return pageOf(await listCustomers(http, { limit: PAGE_SIZE, changedSince, after: page }));
  },

  async lookup({ keys }, http) {
    return (await listCustomers(http, { ids: keys.join(',') })).items.map(recordOf);
  },

  async listIds({ page }, http) {
    const { ids, next } = await listIds(http, { limit: PAGE_SIZE, after: page });
    return { keys: ids, ...(next !== null && { next }) };
  },
};

function pageOf({ items, next }: CustomerList): Page {
  return { records: items.map(recordOf), ...(next !== null && { next }) };
}

function recordOf(row: CustomerRow): SourceRecord {
  return { key: row.id, source: row, changedAt: Date.parse(row.updated), createdAt: Date.parse(row.created) };
}
