import type { Http, Protocol } from 'isthmus/sdk';
import type { Config } from './config.ts';

/** A customer as the API gives it. */
export interface CustomerRow {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly limit: { readonly value: string; readonly currency: string } | null;
  readonly blocked: boolean;
  readonly created: string;
  readonly updated: string;
}

/** Follows are opaque: handed back as `after`. */
export interface CustomerList {
  readonly items: readonly CustomerRow[];
  readonly next: string | null;
}

export const protocol: Protocol<Config> = {
  baseUrl: ({ url }) => url,
  open: async ({ apiKey }) => ({ headers: { 'x-api-key': apiKey } }),
};

type Query = Readonly<Record<string, string | number | undefined>>;

export async function listCustomers(http: Http, query: Query): Promise<CustomerList> {
  return (await http.json<CustomerList>({ path: '/api/customers', query })).body;
}

export async function listIds(http: Http, query: Query): Promise<{ ids: readonly string[]; next: string | null }> {
  return (await http.json<{ ids: string[]; next: string | null }>({ path: '/api/customers/ids', query })).body;
}

export async function readVersion(http: Http): Promise<string> {
  return (await http.json<{ version: string }>({ path: '/api/version' })).body.version;
}
