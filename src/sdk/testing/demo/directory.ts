import type { DemoCounts, DemoSystem } from './demo-types.ts';
import { Dice, type DiceKind } from './dice.ts';
import { salesforceId } from './salesforce-id.ts';

/** The first customers are in all three systems, with a limit, a negotiation, orders and documents at any seed. */
export const ANCHORS = 20;
export const ORDERS_PER_ANCHOR = 4;
/** Of five sales orders, the last is not invoiced. */
export const INVOICE_PATTERN = 5;
export const CONTACTS_PER_COMPANY = 2;

/** Numbers of suppliers and their CRM accounts start here, apart from those of customers whatever the scale. */
const SUPPLIERS_FROM = 1_000_000;

/** In which systems a company is, without making the company. */
export interface Presence {
  readonly systems: readonly DemoSystem[];
  readonly inErp: boolean;
  readonly inCrm: boolean;
  readonly inRecords: boolean;
  readonly hasDuplicate: boolean;
}

const presence = (...systems: DemoSystem[]): Presence => ({
  systems,
  inErp: systems.includes('erp'),
  inCrm: systems.includes('crm'),
  inRecords: systems.includes('records'),
  hasDuplicate: false,
});
const EVERYWHERE = presence('erp', 'crm', 'records');
const EVERYWHERE_TWICE: Presence = { ...EVERYWHERE, hasDuplicate: true };
const ERP_AND_CRM = presence('erp', 'crm');
const ERP_AND_RECORDS = presence('erp', 'records');
const ERP_ONLY = presence('erp');
const CRM_ONLY = presence('crm');

/** The fixed facts of one enterprise that every generator shares: sizes, numbers, ids, and who is where. */
export class Directory {
  readonly seed: number;
  readonly scale: number;
  readonly counts: DemoCounts;

  constructor(seed: number, scale: number) {
    this.seed = seed;
    this.scale = scale;
    const customers = 200 * scale;
    const suppliers = 40 * scale;
    const companies = customers + suppliers;
    const salesOrders = 2_000 * scale;
    this.counts = {
      customers,
      suppliers,
      companies,
      contacts: CONTACTS_PER_COMPANY * companies,
      users: Math.min(12 + 2 * scale, 200),
      products: Math.min(200 * scale, 20_000),
      warehouses: Math.min(4 + Math.floor(scale / 25), 20),
      salesOrders,
      purchaseOrders: 600 * scale,
      invoices: (salesOrders / INVOICE_PATTERN) * (INVOICE_PATTERN - 1),
      leads: 150 * scale,
      opportunities: 600 * scale,
      cases: 500 * scale,
      documents: 1_200 * scale,
    };
  }

  dice(kind: DiceKind, index: number): Dice {
    return new Dice(this.seed, kind, index);
  }

  isSupplierOnly(company: number): boolean {
    return company >= this.counts.customers;
  }

  /** A number that a company keeps at any scale. */
  rank(company: number): number {
    return this.isSupplierOnly(company) ? SUPPLIERS_FROM + company - this.counts.customers : company;
  }

  presence(company: number): Presence {
    const draw = this.dice('presence', this.rank(company)).unit();
    if (this.isSupplierOnly(company)) return draw < 0.15 ? ERP_AND_CRM : ERP_ONLY;
    if (draw < 0.03) return EVERYWHERE_TWICE;
    if (draw < 0.76 || company < ANCHORS) return EVERYWHERE;
    if (draw < 0.84) return ERP_AND_CRM;
    if (draw < 0.9) return ERP_AND_RECORDS;
    return draw < 0.95 ? ERP_ONLY : CRM_ONLY;
  }

  /** Also true of a few customers that we buy from. */
  isSupplier(company: number): boolean {
    return this.isSupplierOnly(company) || (company % 31 === 30 && this.presence(company).inErp);
  }

  /** `1000012`; suppliers from `2000000`. */
  partnerNumber(company: number): string {
    return String(1_000_000 + this.rank(company));
  }

  erpNumber(company: number): string {
    return this.partnerNumber(company).padStart(10, '0');
  }

  accountId(company: number, entry = 0): string {
    return salesforceId('001', 1 + 2 * this.rank(company) + entry);
  }

  contactId(contact: number): string {
    return salesforceId('003', 1 + contact);
  }

  userId(user: number): string {
    return salesforceId('005', 1 + user);
  }

  /** The account manager of a company, and the owner of its opportunities. */
  ownerOf(company: number): number {
    return (Math.imul(this.rank(company) + 1, 0x9e3779b1) >>> 0) % this.counts.users;
  }

  /** The customer at or after `start` that fits; the anchors always do. */
  customerFrom(start: number, fits: (presence: Presence) => boolean): number {
    let company = start;
    while (!fits(this.presence(company))) company = (company + 1) % this.counts.customers;
    return company;
  }

  orderCustomer(order: number): number {
    if (order < ANCHORS * ORDERS_PER_ANCHOR) return order % ANCHORS;
    const start = this.dice('orderCustomer', order).skewed(this.counts.customers);
    return this.customerFrom(start, (at) => at.inErp);
  }

  orderNumber(order: number): string {
    return String(1_000_000 + order);
  }

  isInvoiced(order: number): boolean {
    return order % INVOICE_PATTERN !== INVOICE_PATTERN - 1;
  }

  invoicedOrder(invoice: number): number {
    return invoice + Math.floor(invoice / (INVOICE_PATTERN - 1));
  }

  invoiceOf(order: number): number {
    return order - Math.floor(order / INVOICE_PATTERN);
  }

  invoiceNumber(invoice: number): string {
    return String(90_000_000 + invoice);
  }
}
