import { ContractError, type Http, hasCode, type Protocol } from 'isthmus/sdk';
import type { Config } from './config.ts';

/** A ticket or a user as the API gives it. */
export type Row = Readonly<Record<string, unknown>>;

export interface Transaction {
  readonly id: number;
  /** Number of the ticket or user that it changed. */
  readonly of: string;
}

export const protocol: Protocol<Config> = {
  baseUrl: ({ url }) => url,
  open: async ({ token }) => ({ headers: { authorization: `token ${token}` } }),
};

const TICKET_FIELDS = [
  ...['Subject', 'Status', 'Priority', 'Queue', 'Requestor', 'Created', 'Resolved', 'LastUpdated', 'CustomFields'],
].join(',');
const USER_FIELDS = 'Name,RealName,EmailAddress,WorkPhone,MobilePhone,Created,LastUpdated,id';

interface Found {
  readonly items?: readonly Row[];
}

/** A question is a form, since an address has no room for many ids. */
export async function findTickets(
  http: Http,
  query: string,
  how: { readonly size: number; readonly idsOnly?: boolean },
): Promise<readonly Row[]> {
  const form = { query, orderby: 'id', order: 'ASC', per_page: String(how.size) };
  const fields: Record<string, string> = how.idsOnly ? {} : { fields: TICKET_FIELDS, 'fields[Queue]': 'Name' };
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

/** By number or name. */
export function readUser(http: Http, user: string): Promise<Row | undefined> {
  return readOne(http, `/REST/2.0/user/${encodeURIComponent(user)}`);
}

/** By names, whatever their case: one field twice is an or. */
export function findUsers(http: Http, names: readonly string[]): Promise<readonly Row[]> {
  const conditions = names.map((name) => ({ field: 'Name', operator: '=', value: name }));
  return searchUsers(http, conditions, 1, names.length);
}

/** A page of all users in the order of their numbers, from 1. A search does not take a number to go on after. */
export function listUsers(http: Http, page: number, size: number): Promise<readonly Row[]> {
  return searchUsers(http, [{ field: 'id', operator: '>', value: '0' }], page, size);
}

async function searchUsers(
  http: Http,
  conditions: readonly object[],
  page: number,
  size: number,
): Promise<readonly Row[]> {
  const { body } = await http.json<Found>({
    method: 'POST',
    path: '/REST/2.0/users',
    query: { fields: USER_FIELDS, orderby: 'id', order: 'ASC', per_page: size, page },
    body: conditions,
    safe: true,
  });
  return itemsOf(body, 'users');
}

/** Transactions above a number, in their order: `RT::Ticket` or `RT::User`. */
export async function transactionsAfter(
  http: Http,
  type: string,
  after: number,
  size: number,
): Promise<readonly Transaction[]> {
  const { body } = await http.json<Found>({
    path: '/REST/2.0/transactions',
    query: {
      query: `ObjectType='${type}' AND id > ${after}`,
      fields: 'ObjectId',
      orderby: 'id',
      order: 'ASC',
      per_page: size,
    },
  });
  return itemsOf(body, 'transactions').map(({ id, ObjectId }) => ({ id: Number(id), of: String(ObjectId) }));
}

/** 0 where there is none yet. */
export async function newestTransaction(http: Http, type: string): Promise<number> {
  const { body } = await http.json<Found>({
    path: '/REST/2.0/transactions',
    query: { query: `ObjectType='${type}'`, orderby: 'id', order: 'DESC', per_page: 1 },
  });
  return Number(itemsOf(body, 'transactions')[0]?.id ?? 0);
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
