import type { Http, SourceRecord, StreamAbilities, StreamMapping } from 'isthmus/sdk';
import {
  findTickets,
  findUsers,
  listUsers,
  newestTransaction,
  type Row,
  readTicket,
  readUser,
  type Transaction,
  transactionsAfter,
} from './client.ts';
import type { Config } from './config.ts';
import { PAGE } from './manifest.ts';
import { toContact } from './mapping/contact.ts';
import { toTicket } from './mapping/ticket.ts';
import { milliseconds } from './mapping/values.ts';

type Abilities = StreamMapping & Pick<StreamAbilities, 'snapshot' | 'changes' | 'latestToken' | 'lookup' | 'listIds'>;

/** Transactions that are read again each time: on some databases a lower number becomes visible after a higher one. */
const TICKET_OVERLAP = 20;
/** Few change at once, and each costs a call. */
const USER_OVERLAP = 2;

export function tickets(config: Config): Abilities {
  const { pageSize: size } = config;
  const ofQueues = config.queues ? ` AND (${config.queues.map((name) => `Queue = '${name}'`).join(' OR ')})` : '';
  const byId = async (keys: readonly string[], http: Http) => {
    const numbers = keys.filter((key) => /^\d+$/.test(key));
    if (numbers.length === 0) return [];
    return await findTickets(http, `(${numbers.map((id) => `id = ${id}`).join(' OR ')})${ofQueues}`, { size: PAGE });
  };
  return {
    map: (record) => toTicket(record.source as Row, config),

    async snapshot({ page = '0' }, http) {
      const rows = await findTickets(http, `id > ${Number(page)}${ofQueues}`, { size });
      return { records: rows.map(ticketRecord), ...nextAfter(rows, size) };
    },

    ...fromTransactions({ type: 'RT::Ticket', overlap: TICKET_OVERLAP, size }, async (ids, http) => {
      const rows = await byId(ids, http);
      const found = new Set(rows.map(({ id }) => String(id)));
      const unseen = ids.filter((id) => !found.has(id));
      const gone = await Promise.all(unseen.map(async (id) => ((await isGone(id, http)) ? [tombstone(id)] : [])));
      return [...rows.map(ticketRecord), ...gone.flat()];
    }),

    lookup: async ({ keys }, http) => (await byId(keys, http)).map(ticketRecord),

    async listIds({ page = '0' }, http) {
      const rows = await findTickets(http, `id > ${Number(page)}${ofQueues}`, { size, idsOnly: true });
      return { keys: rows.map(({ id }) => String(id)), ...nextAfter(rows, size) };
    },
  };
}

export function users({ pageSize: size }: Config): Abilities {
  const pageOf = async (page: string | undefined, http: Http) => {
    const rows = await listUsers(http, Number(page ?? 1), size);
    return { rows, next: rows.length < size ? {} : { next: String(Number(page ?? 1) + 1) } };
  };
  return {
    map: (record) => toContact(record.source as Row),
    normalizeKey: (key) => key.toLowerCase(),

    async snapshot({ page }, http) {
      const { rows, next } = await pageOf(page, http);
      return { records: rows.map(userRecord), ...next };
    },

    ...fromTransactions({ type: 'RT::User', overlap: USER_OVERLAP, size }, readUsers),

    lookup: async ({ keys }, http) => (await findUsers(http, keys)).map(userRecord),

    async listIds({ page }, http) {
      const { rows, next } = await pageOf(page, http);
      return { keys: rows.map(({ Name }) => String(Name)), ...next };
    },
  };
}

/** What transactions touched, as it is now. The token and the position are numbers of transactions. */
function fromTransactions(
  { type, overlap, size }: { readonly type: string; readonly overlap: number; readonly size: number },
  read: (ids: readonly string[], http: Http) => Promise<readonly SourceRecord[]>,
): Pick<StreamAbilities, 'changes' | 'latestToken'> {
  return {
    latestToken: async (http) => String(await newestTransaction(http, type)),
    async changes({ token = '0', page }, http) {
      const after = page === undefined ? Math.max(Number(token) - overlap, 0) : Number(page);
      const found = await transactionsAfter(http, type, after, size);
      const records = await read([...new Set(found.map((transaction: Transaction) => transaction.of))], http);
      const last = String(Math.max(Number(token), found.at(-1)?.id ?? 0));
      return { records, ...(found.length < size ? { token: last } : { next: String(found.at(-1)!.id) }) };
    },
  };
}

/** No search finds a deleted, a merged or a shredded ticket; nor one of a queue that is not read. */
async function isGone(id: string, http: Http): Promise<boolean> {
  const row = await readTicket(http, id);
  return row === undefined || row.Status === 'deleted' || String(row.id) !== id;
}

/** One call each: several users cannot be asked for by their numbers. */
async function readUsers(keys: readonly string[], http: Http): Promise<readonly SourceRecord[]> {
  const rows = await Promise.all(keys.map((key) => readUser(http, key)));
  return rows.flatMap((row) => (row === undefined ? [] : [userRecord(row)]));
}

const nextAfter = (rows: readonly Row[], size: number) => (rows.length < size ? {} : { next: String(rows.at(-1)!.id) });
const tombstone = (key: string): SourceRecord => ({ key, source: { id: key }, deleted: true });
const ticketRecord = (row: Row) => recordOf(String(row.id), row);
const userRecord = (row: Row) => recordOf(String(row.Name ?? ''), row);

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
