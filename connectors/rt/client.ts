import { ContractError, type Http, hasCode, type Protocol } from 'isthmus/sdk';
import type { Config } from './config.ts';
import { PAGE } from './manifest.ts';

/** A ticket, a user or a queue as the API gives it. */
export type Row = Readonly<Record<string, unknown>>;

export interface Transaction {
  readonly id: number;
  /** Number of what it changed. */
  readonly of: string;
}

export const protocol: Protocol<Config> = {
  baseUrl: ({ url }) => url,
  open: async ({ token }) => ({ headers: { authorization: `token ${token}` } }),
};

/** Lists that are searched by conditions on their fields, each with what is asked of a record. */
const FIELDS = {
  users: ['Name', 'RealName', 'EmailAddress', 'WorkPhone', 'MobilePhone', 'Created', 'LastUpdated'],
  queues: ['Name', 'Description', 'CorrespondAddress', 'Disabled', 'Created', 'LastUpdated'],
} as const;
const TICKET_FIELDS = [
  ...['Subject', 'Status', 'Priority', 'Queue', 'Requestor', 'Created', 'Resolved', 'LastUpdated', 'CustomFields'],
];

export type List = keyof typeof FIELDS;

interface Found {
  readonly items?: readonly Row[];
  /** Told only to those who may see all. */
  readonly pages?: number | null;
}

/** A question is a form, since an address has no room for many ids. Without `select` only ids are asked for. */
export async function findTickets(
  http: Http,
  query: string,
  how: { readonly size: number; readonly select?: readonly string[] },
): Promise<readonly Row[]> {
  const form = { query, orderby: 'id', order: 'ASC', per_page: String(how.size) };
  const fields: Record<string, string> = how.select ? { fields: [...TICKET_FIELDS, ...how.select].join(',') } : {};
  const { body } = await http.json<Found>({
    method: 'POST',
    path: '/REST/2.0/tickets',
    body: new URLSearchParams({ ...form, ...fields }),
    safe: true,
  });
  return itemsOf(body, 'tickets');
}

/** Undefined where the ticket was shredded. A merged one answers with its survivor, a deleted one with itself. */
export function readTicket(http: Http, id: string): Promise<Row | undefined> {
  return readOne(http, `/REST/2.0/ticket/${id}`);
}

/** One call each: a search for the numbers of several users finds all users. */
export async function readUsers(http: Http, ids: readonly string[]): Promise<readonly Row[]> {
  const rows = await Promise.all(ids.map((id) => readOne(http, `/REST/2.0/user/${id}`)));
  return rows.filter((row) => row !== undefined);
}

/** By names, whatever their case: one field twice is an or. */
export function findUsers(http: Http, names: readonly string[], select: readonly string[]): Promise<readonly Row[]> {
  return find(http, 'users', { field: 'Name', operator: '=' }, names, select);
}

/** By numbers. */
export function findQueues(http: Http, ids: readonly string[], select: readonly string[]): Promise<readonly Row[]> {
  return find(http, 'queues', { field: 'id', operator: '=', entry_aggregator: 'OR' }, ids, select);
}

async function find(http: Http, list: List, is: object, values: readonly string[], select: readonly string[]) {
  if (values.length === 0) return [];
  const conditions = values.map((value) => ({ ...is, value }));
  return itemsOf(await search(http, list, conditions, { size: values.length, select }), list);
}

/** A page in the order of numbers, from 1: a search does not take a number to go on after. */
export async function readListed(
  http: Http,
  list: List,
  how: { readonly page: number; readonly size: number; readonly select: readonly string[] },
): Promise<{ readonly rows: readonly Row[]; readonly isLast: boolean }> {
  const found = await search(http, list, [{ field: 'id', operator: '>', value: '0' }], how);
  const rows = itemsOf(found, list);
  // Where no number of pages is told, those that may not be seen are left out of a page: only an empty one is the last.
  return { rows, isLast: typeof found.pages === 'number' ? how.page >= found.pages : rows.length === 0 };
}

async function search(
  http: Http,
  list: List,
  conditions: readonly object[],
  { page = 1, size, select }: { readonly page?: number; readonly size: number; readonly select: readonly string[] },
): Promise<Found> {
  const fields = [...FIELDS[list], ...select].join(',');
  const { body } = await http.json<Found>({
    method: 'POST',
    path: `/REST/2.0/${list}`,
    query: { fields, orderby: 'id', order: 'ASC', per_page: size, page, find_disabled_rows: 1 },
    body: conditions,
    safe: true,
  });
  return body;
}

/** Of `RT::Ticket`, say: those above a number, in their order. */
export async function transactionsAfter(
  http: Http,
  type: string,
  after: number,
  size: number,
): Promise<{ readonly found: readonly Transaction[]; readonly isAll: boolean }> {
  return await findTransactions(http, `ObjectType='${type}' AND id > ${after}`, 'ASC', size);
}

/** 0 where there is none yet, or none of the last hundred may be seen. */
export async function newestTransaction(http: Http, type: string): Promise<number> {
  const { found } = await findTransactions(http, `ObjectType='${type}'`, 'DESC', PAGE);
  return found[0]?.id ?? 0;
}

/** Where no number of pages is told, those that may not be seen are left out of a page. */
async function findTransactions(http: Http, query: string, order: 'ASC' | 'DESC', size: number) {
  const { body } = await http.json<Found>({
    path: '/REST/2.0/transactions',
    query: { query, fields: 'ObjectId', orderby: 'id', order, per_page: size },
  });
  const found = itemsOf(body, 'transactions').map(({ id, ObjectId }) => ({ id: Number(id), of: String(ObjectId) }));
  return { found, isAll: typeof body.pages === 'number' };
}

export async function readVersion(http: Http): Promise<string | undefined> {
  return (await http.json<{ Version?: string }>({ path: '/REST/2.0/rt' })).body.Version;
}

async function readOne(http: Http, path: string): Promise<Row | undefined> {
  try {
    return (await http.json<Row>({ path })).body;
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function itemsOf({ items }: Found, asked: string): readonly Row[] {
  if (Array.isArray(items)) return items;
  throw new ContractError(`Request Tracker answered a search for ${asked} without items. Check its version.`);
}
