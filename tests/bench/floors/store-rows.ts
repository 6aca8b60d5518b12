import { join } from 'node:path';
import Database from 'better-sqlite3';

export type CustomerRow = [
  id: string,
  name: string | null,
  manager: string | null,
  limit: string | null,
  currency: string | null,
];
export type OrderRow = [id: string, number: string, orderedOn: string, total: string, currency: string, parent: number];
export type DocumentRow = [id: string, name: string, mimeType: string, size: number, parent: number];

export interface StoreRows {
  customers(): CustomerRow[];
  orders(customerIds: string): OrderRow[];
  documents(customerIds: string): DocumentRow[];
  readonly database: Database.Database;
}

const CUSTOMERS = `SELECT t."id", t."name", t."account_manager", t."credit_limit_amount", t."credit_limit_currency"
  FROM golden_customer t ORDER BY t."name_key", t.id LIMIT ?`;
const ORDERS = `SELECT t."id", t."number", t."ordered_on", t."total_amount", t."total_currency", p.key
  FROM json_each(?) p CROSS JOIN golden_sales_order t
  WHERE t.rowid IN (SELECT x.rowid FROM golden_sales_order x WHERE x."customer_id" = p.value
    ORDER BY x."ordered_on" DESC, x.id DESC LIMIT ?)
  ORDER BY p.key, t."ordered_on" DESC, t.id DESC`;
const DOCUMENTS = `SELECT t."id", t."name", t."mime_type", t."size_in_bytes", p.key
  FROM json_each(?) p CROSS JOIN golden_document t
  WHERE t.rowid IN (SELECT x.rowid FROM golden_document x WHERE x."customer_id" = p.value
    ORDER BY x."name_key", x.id LIMIT ?)
  ORDER BY p.key, t."name_key", t.id`;

/** The three statements that the hub runs for the same question, prepared once. */
export function openStoreRows(folder: string): StoreRows {
  const database = new Database(join(folder, 'hub.sqlite'), { readonly: true });
  const [customers, orders, documents] = [CUSTOMERS, ORDERS, DOCUMENTS].map((text) => database.prepare(text).raw());
  return {
    database,
    customers: () => customers!.all(50) as CustomerRow[],
    orders: (ids) => orders!.all(ids, 5) as OrderRow[],
    documents: (ids) => documents!.all(ids, 3) as DocumentRow[],
  };
}
