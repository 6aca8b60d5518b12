import type { Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import type { Domain } from './client.ts';
import type { Config } from './config.ts';
import type { StreamName } from './manifest.ts';
import { toInvoice } from './mapping/invoice.ts';
import { toPurchaseOrder, toSalesOrder } from './mapping/order.ts';
import { toContact, toParties } from './mapping/party.ts';
import { toProduct, toWarehouse } from './mapping/product.ts';

/** Where a stream comes from, what is asked for, and what is read inside its records. */
export interface StreamPlan {
  readonly model: string;
  readonly fields: readonly string[];
  /** Asked for where the database has the module that brings them. */
  readonly optional?: readonly string[];
  /** Always applied. */
  readonly domain?: Domain;
  /** Relations that belong to the record and have stamps of their own, with their models. */
  readonly parts: Readonly<Record<string, string>>;
  /** Deleting one of these deletes records without a word about them. */
  readonly owners?: readonly string[];
  readonly map: (record: SourceRecord, config: Config) => readonly Mapped[];
}

const words = (text: string) => text.trim().split(/\s+/);
const of = (relation: string, fields: string) => words(fields).map((field) => `${relation}.${field}`);

const LINE = 'type sequence product description quantity unit.symbol amount';

export const PLANS: Readonly<Record<Exclude<StreamName, 'stock'>, StreamPlan>> = {
  party: {
    model: 'party.party',
    fields: [
      ...words('code name active tax_identifier.code categories.name create_date'),
      ...of('addresses', 'active street postal_code city subdivision.code country.code'),
      ...of('contact_mechanisms', 'active type value'),
    ],
    optional: words('credit_limit_amount currency.code'),
    parts: {
      addresses: 'party.address',
      contact_mechanisms: 'party.contact_mechanism',
      identifiers: 'party.identifier',
    },
    map: toParties,
  },
  contact: {
    model: 'party.contact_mechanism',
    fields: words('active type value name party'),
    domain: [
      ['name', '!=', null],
      ['name', '!=', ''],
    ],
    parts: {},
    owners: ['party.party'],
    map: toContact,
  },
  product: {
    model: 'product.product',
    fields: words('code name description active salable default_uom.symbol account_category.name'),
    optional: words('weight weight_uom.symbol'),
    parts: { template: 'product.template' },
    owners: ['product.template'],
    map: toProduct,
  },
  warehouse: {
    model: 'stock.location',
    fields: words('code name'),
    domain: [['type', '=', 'warehouse']],
    parts: {},
    map: toWarehouse,
  },
  sale: {
    model: 'sale.sale',
    fields: [
      ...words('number party reference sale_date shipping_date state shipment_state untaxed_amount currency.code'),
      ...words('create_date'),
      ...of('lines', LINE),
    ],
    parts: { lines: 'sale.line' },
    map: toSalesOrder,
  },
  purchase: {
    model: 'purchase.purchase',
    fields: [
      ...words('number party purchase_date state shipment_state untaxed_amount currency.code'),
      ...of('lines', LINE),
    ],
    parts: { lines: 'purchase.line' },
    map: toPurchaseOrder,
  },
  invoice: {
    model: 'account.invoice',
    fields: [
      ...words('number party invoice_date payment_term_date state total_amount tax_amount amount_to_pay'),
      ...words('currency.code'),
      ...of('lines', LINE),
    ],
    optional: ['sales'],
    domain: [['type', '=', 'out']],
    parts: { lines: 'account.invoice.line' },
    map: toInvoice,
  },
};
