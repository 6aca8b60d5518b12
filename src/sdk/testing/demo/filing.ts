import { CUSTOMERS_PATH, companyFacts, recordsView } from './companies.ts';
import type { DemoDocument, DemoFolder } from './demo-types.ts';
import { Dice } from './dice.ts';
import { ANCHORS, type Directory, ORDERS_PER_ANCHOR } from './directory.ts';
import { AS_OF_MS, changedAfter, DAY_MS, FOUNDED_MS, instant, OPENED_MS } from './moments.ts';
import { invoicedMs, orderedMs } from './sales.ts';

const FIRST_YEAR = new Date(OPENED_MS).getUTCFullYear();
const LAST_YEAR = new Date(AS_OF_MS).getUTCFullYear();

export const CUSTOMERS_FOLDER_ID = '00000000-0000-4000-a000-000000000001';

/** The folder of all customers, then each customer's with one per year. */
export function* folders(directory: Directory): IterableIterator<DemoFolder> {
  const foundedAt = instant(FOUNDED_MS);
  yield {
    id: CUSTOMERS_FOLDER_ID,
    name: CUSTOMERS_PATH.slice(1),
    path: CUSTOMERS_PATH,
    parentId: null,
    customer: null,
    customerNumber: null,
    year: null,
    createdAt: foundedAt,
    changedAt: foundedAt,
  };
  for (let index = 0; index < directory.counts.customers; index++) {
    if (directory.presence(index).inRecords) yield* companyFolders(directory, index);
  }
}

function* companyFolders(directory: Directory, index: number): IterableIterator<DemoFolder> {
  const view = recordsView(directory, companyFacts(directory, index));
  const { createdAt, changedAt, customerNumber } = view;
  yield {
    id: view.folderId,
    name: view.folderName,
    path: view.path,
    parentId: CUSTOMERS_FOLDER_ID,
    customer: index,
    customerNumber,
    year: null,
    createdAt,
    changedAt,
  };
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
    yield {
      id: yearFolderId(view.folderId, year),
      name: String(year),
      path: `${view.path}/${year}`,
      parentId: view.folderId,
      customer: index,
      customerNumber,
      year,
      createdAt,
      changedAt,
    };
  }
}

/** The customer folder's id with the year in a group that is otherwise random. */
function yearFolderId(folderId: string, year: number): string {
  return `${folderId.slice(0, 9)}${year}${folderId.slice(13)}`;
}

const MIME_TYPES: Readonly<Record<DemoDocument['kind'], DemoDocument['mimeType']>> = {
  contract: 'application/pdf',
  invoice: 'application/pdf',
  deliveryNote: 'application/pdf',
  photo: 'image/png',
  note: 'text/plain',
};
const EXTENSIONS = { 'application/pdf': 'pdf', 'image/png': 'png', 'text/plain': 'txt' } as const;

export function document(directory: Directory, index: number): DemoDocument {
  const dice = directory.dice('document', index);
  const order = documentedOrder(directory, dice, index);
  const kind = drawKind(directory, dice, order);
  const customer = directory.orderCustomer(order);
  const invoice = kind === 'invoice' ? directory.invoiceOf(order) : null;
  const basisMs = invoice === null ? orderedMs(directory, order) : invoicedMs(directory, invoice);
  const createdMs = Math.min(basisMs + dice.below(2 * DAY_MS), AS_OF_MS - 60_000 - dice.below(60_000));
  const changedMs = changedAfter(dice, createdMs, index, 90);
  const view = recordsView(directory, companyFacts(directory, customer));
  const year = new Date(createdMs).getUTCFullYear();
  const mimeType = MIME_TYPES[kind];
  const orderNumber = kind === 'invoice' || kind === 'deliveryNote' ? directory.orderNumber(order) : null;
  const invoiceNumber = invoice === null ? null : directory.invoiceNumber(invoice);
  const reference = invoiceNumber ?? orderNumber ?? view.folderName.slice(0, 10);
  const name = `${NAMES[kind]}-${reference}-${String(index).padStart(6, '0')}.${EXTENSIONS[mimeType]}`;
  const id = dice.uuid(index);
  return {
    index,
    id,
    versionSeriesId: `vs-${id}`,
    versionLabel: changedMs > createdMs && dice.chance(0.3) ? '2.0' : '1.0',
    name,
    title: `${TITLES[kind]} ${reference}`,
    kind,
    mimeType,
    sizeBytes: sizeOf(dice, index),
    customer,
    folderId: yearFolderId(view.folderId, year),
    path: `${view.path}/${year}/${name}`,
    customerNumber: dice.chance(0.12) ? null : directory.erpNumber(customer),
    orderNumber,
    invoiceNumber,
    createdBy: dice.pick(['archive.service', 'm.keller', 's.brandt', 'scanner-02']),
    createdAt: instant(createdMs),
    changedAt: instant(changedMs),
  };
}

const NAMES = { contract: 'CON', invoice: 'INV', deliveryNote: 'DN', photo: 'IMG', note: 'NOTE' } as const;
const TITLES = {
  contract: 'Contract',
  invoice: 'Invoice',
  deliveryNote: 'Delivery note',
  photo: 'Photo',
  note: 'Note',
} as const;

/** Every document belongs to the customer of some order, one that the records system knows. */
function documentedOrder(directory: Directory, dice: Dice, index: number): number {
  const { salesOrders } = directory.counts;
  const start = dice.below(salesOrders);
  let order = index < ANCHORS * ORDERS_PER_ANCHOR ? index : start;
  while (!directory.presence(directory.orderCustomer(order)).inRecords) order = (order + 1) % salesOrders;
  return order;
}

/** Orders that are not yet delivered or billed have no papers of their own. */
function drawKind(directory: Directory, dice: Dice, order: number): DemoDocument['kind'] {
  const draw = dice.unit();
  if (draw < 0.08) return 'photo';
  if (draw < 0.2) return 'note';
  if (draw < 0.3 || !directory.isInvoiced(order)) return 'contract';
  return draw < 0.68 ? 'invoice' : 'deliveryNote';
}

/** A few kilobytes; now and then a scan of some hundred. */
function sizeOf(dice: Dice, index: number): number {
  return index % 53 === 52 ? dice.between(150_000, 600_000) : dice.between(8_000, 24_000);
}

/** The draws of a document's content, apart from those of its description. */
export function contentDice(directory: Directory, index: number): Dice {
  return new Dice(directory.seed, 'content', index);
}
