/** Tryton over JSON-RPC: parties, products, stock, sales, purchases and customer invoices. Reads only, so far. */
export { tryton } from './connector.ts';
