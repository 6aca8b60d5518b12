import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { product, stockLevels, warehouse } from './catalogue.ts';
import { company, user } from './companies.ts';
import { contact } from './contacts.ts';
import { lead, opportunity, supportCase } from './crm.ts';
import type { DemoEnterprise, DemoEnterpriseOptions } from './demo-types.ts';
import { Directory } from './directory.ts';
import { documentContent } from './document-text.ts';
import { document, folders } from './filing.ts';
import { AS_OF_MS, instant } from './moments.ts';
import { purchaseOrder } from './purchasing.ts';
import { invoice, salesOrder } from './sales.ts';
import { truth } from './truth.ts';

const LARGEST_SCALE = 500;

export function demoEnterprise(options: DemoEnterpriseOptions = {}): DemoEnterprise {
  const { seed = 1, scale = 1 } = options;
  if (!Number.isInteger(scale) || scale < 1 || scale > LARGEST_SCALE) {
    throw new RangeError(`scale must be a whole number from 1 to ${LARGEST_SCALE}, not ${scale}`);
  }
  const directory = new Directory(seed, scale);
  const { counts } = directory;
  const one =
    <T>(make: Make<T>, count: number) =>
    (index: number) =>
      make(directory, checked(index, count));
  const all =
    <T>(make: Make<T>, count: number) =>
    () =>
      each(directory, make, count);
  return {
    seed,
    scale,
    asOf: instant(AS_OF_MS),
    counts,
    companies: all(company, counts.companies),
    company: one(company, counts.companies),
    users: all(user, counts.users),
    contacts: all(contact, counts.contacts),
    contact: one(contact, counts.contacts),
    products: all(product, counts.products),
    product: one(product, counts.products),
    warehouses: all(warehouse, counts.warehouses),
    stockLevels: () => stockLevels(directory),
    salesOrders: all(salesOrder, counts.salesOrders),
    salesOrder: one(salesOrder, counts.salesOrders),
    purchaseOrders: all(purchaseOrder, counts.purchaseOrders),
    purchaseOrder: one(purchaseOrder, counts.purchaseOrders),
    invoices: all(invoice, counts.invoices),
    invoice: one(invoice, counts.invoices),
    leads: all(lead, counts.leads),
    lead: one(lead, counts.leads),
    opportunities: all(opportunity, counts.opportunities),
    opportunity: one(opportunity, counts.opportunities),
    cases: all(supportCase, counts.cases),
    case: one(supportCase, counts.cases),
    folders: () => folders(directory),
    documents: all(document, counts.documents),
    document: one(document, counts.documents),
    documentContent: one(documentContent, counts.documents),
    truth: () => truth(directory),
    writeTruth: (file) => pipeline(Readable.from(truthLines(directory)), createWriteStream(file)),
  };
}

type Make<T> = (directory: Directory, index: number) => T;

function* each<T>(directory: Directory, make: Make<T>, count: number): IterableIterator<T> {
  for (let index = 0; index < count; index++) yield make(directory, index);
}

function checked(index: number, count: number): number {
  if (Number.isInteger(index) && index >= 0 && index < count) return index;
  throw new RangeError(`the demo enterprise has no record ${index} of ${count}`);
}

function* truthLines(directory: Directory): IterableIterator<string> {
  for (const entry of truth(directory)) yield `${JSON.stringify(entry)}\n`;
}
