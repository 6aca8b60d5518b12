import type { Http, SourceRecord, StreamAbilities, StreamMapping } from 'isthmus/sdk';
import {
  findQueues,
  findTickets,
  findUsers,
  type List,
  newestTransaction,
  type Row,
  readListed,
  readTicket,
  readUsers,
  type Transaction,
  transactionsAfter,
} from './client.ts';
import type { Config } from './config.ts';
import { PAGE } from './manifest.ts';
import { toContact } from './mapping/contact.ts';
import { toTicket } from './mapping/ticket.ts';
import { toTicketQueue } from './mapping/ticket-queue.ts';
import { milliseconds } from './mapping/values.ts';

type Reading = Pick<StreamAbilities, 'snapshot' | 'changes' | 'latestToken' | 'lookup' | 'listIds'>;

/** Transactions that are read again each time: on some databases a lower number becomes visible after a higher one. */
const OVERLAP = 20;
/** Of users few change at once, and each costs a call. */
const USER_OVERLAP = 2;

export function tickets(config: Config): StreamMapping & Reading {
  const { pageSize: size } = config;
  const ofQueues = config.queues ? ` AND (${config.queues.map((name) => `Queue = '${name}'`).join(' OR ')})` : '';
  const above = (page = '0') => `id > ${Number(page)}${ofQueues}`;
  const byId = async (keys: readonly string[], select: readonly string[], http: Http) => {
    const numbers = keys.filter((key) => /^\d+$/.test(key));
    if (numbers.length === 0) return [];
    return await findTickets(http, `(${numbers.map((id) => `id = ${id}`).join(' OR ')})${ofQueues}`, {
      size: PAGE,
      select,
    });
  };
  const next = (rows: readonly Row[]) => (rows.length < size ? {} : { next: String(rows.at(-1)!.id) });
  return {
    map: (record) => toTicket(record.source as Row, config),

    async snapshot({ page, select }, http) {
      const rows = await findTickets(http, above(page), { size, select });
      return { records: rows.map(ticketRecord), ...next(rows) };
    },

    ...fromTransactions({ type: 'RT::Ticket', overlap: OVERLAP, size }, async (ids, select, http) => {
      const rows = await byId(ids, select, http);
      const found = new Set(rows.map(({ id }) => String(id)));
      const unseen = ids.filter((id) => !found.has(id));
      const gone = await Promise.all(unseen.map(async (id) => ((await isGone(id, http)) ? [tombstone(id)] : [])));
      return [...rows.map(ticketRecord), ...gone.flat()];
    }),

    lookup: async ({ keys, select }, http) => (await byId(keys, select, http)).map(ticketRecord),

    async listIds({ page }, http) {
      const rows = await findTickets(http, above(page), { size });
      return { keys: rows.map(({ id }) => String(id)), ...next(rows) };
    },
  };
}

export function users({ pageSize: size }: Config): StreamMapping & Reading {
  const records = (rows: readonly Row[]) => rows.map((row) => recordOf(String(row.Name ?? ''), row));
  return {
    map: (record) => toContact(record.source as Row),
    normalizeKey: (key) => key.toLowerCase(),
    ...byPage('users', size, records),
    ...fromTransactions({ type: 'RT::User', overlap: USER_OVERLAP, size }, async (ids, _select, http) => {
      return records(await readUsers(http, ids));
    }),
    lookup: async ({ keys, select }, http) => records(await findUsers(http, keys, select)),
  };
}

export function queues({ pageSize: size, queues: named }: Config): StreamMapping & Reading {
  const names = named?.map((name) => name.toLowerCase());
  const isRead = ({ Name }: Row) => names === undefined || names.includes(String(Name).toLowerCase());
  const records = (rows: readonly Row[]) => rows.filter(isRead).map((row) => recordOf(String(row.id), row));
  return {
    map: (record) => toTicketQueue(record.source as Row),
    ...byPage('queues', size, records),
    ...fromTransactions({ type: 'RT::Queue', overlap: OVERLAP, size }, async (ids, select, http) => {
      return records(await findQueues(http, ids, select));
    }),
    async lookup({ keys, select }, http) {
      const numbers = keys.filter((key) => /^\d+$/.test(key));
      return records(await findQueues(http, numbers, select));
    },
  };
}

function byPage(
  list: List,
  size: number,
  records: (rows: readonly Row[]) => readonly SourceRecord[],
): Pick<Reading, 'snapshot' | 'listIds'> {
  const pageOf = async (page: string | undefined, select: readonly string[], http: Http) => {
    const number = Number(page ?? 1);
    const { rows, isLast } = await readListed(http, list, { page: number, size, select });
    return { records: records(rows), next: isLast ? {} : { next: String(number + 1) } };
  };
  return {
    async snapshot({ page, select }, http) {
      const { records, next } = await pageOf(page, select, http);
      return { records, ...next };
    },
    async listIds({ page }, http) {
      const { records, next } = await pageOf(page, [], http);
      return { keys: records.map(({ key }) => key), ...next };
    },
  };
}

/** What transactions touched, as it is now. The token and the position are numbers of transactions. */
function fromTransactions(
  { type, overlap, size }: { readonly type: string; readonly overlap: number; readonly size: number },
  read: (ids: readonly string[], select: readonly string[], http: Http) => Promise<readonly SourceRecord[]>,
): Pick<StreamAbilities, 'changes' | 'latestToken'> {
  return {
    latestToken: async (http) => String(await newestTransaction(http, type)),
    async changes({ token = '0', page, select }, http) {
      const after = page === undefined ? Math.max(Number(token) - overlap, 0) : Number(page);
      const { found, next } = await follow(type, after, size, http);
      const records = await read([...new Set(found.map((transaction) => transaction.of))], select, http);
      if (next !== undefined) return { records, next: String(next) };
      return { records, token: String(Math.max(Number(token), found.at(-1)?.id ?? after)) };
    },
  };
}

interface Followed {
  readonly found: readonly Transaction[];
  /** Where there are more. */
  readonly next?: number;
}

/**
 * A page is short at its end, or by those that may not be seen; a whole page of these is passed over. That they hide
 * something is told by the newest that is seen, asked for before the page.
 */
async function follow(type: string, after: number, size: number, http: Http, newest?: number): Promise<Followed> {
  const { found, isAll } = await transactionsAfter(http, type, after, size);
  const last = found.at(-1)?.id ?? after;
  if (found.length === size) return { found, next: last };
  if (isAll) return { found };
  const seen = newest ?? (await newestTransaction(http, type));
  if (seen <= last) return { found };
  if (found.length > 0) return { found, next: last };
  return newest === undefined ? await follow(type, after, size, http, seen) : { found, next: after + size };
}

/** No search finds a deleted, a merged or a shredded ticket; nor one of a queue that is not read. */
async function isGone(id: string, http: Http): Promise<boolean> {
  const row = await readTicket(http, id);
  return row === undefined || row.Status === 'deleted' || String(row.id) !== id;
}

const tombstone = (key: string): SourceRecord => ({ key, source: { id: key }, deleted: true });
const ticketRecord = (row: Row) => recordOf(String(row.id), row);

function recordOf(key: string, row: Row): SourceRecord {
  const changedAt = milliseconds(row.LastUpdated);
  const createdAt = milliseconds(row.Created);
  return {
    key,
    source: row,
    ...(changedAt !== undefined && { changedAt }),
    ...(createdAt !== undefined && { createdAt }),
  };
}
