import { companyFacts } from './companies.ts';
import type { DemoDocument } from './demo-types.ts';
import type { Directory } from './directory.ts';
import { documentBytes } from './document-bytes.ts';
import { contentDice, document } from './filing.ts';
import { invoice, salesOrder } from './sales.ts';

const SHOWN_LINES = 12;

export function documentContent(directory: Directory, index: number): Buffer {
  const described = document(directory, index);
  const lines = [...heading(directory, described), ...paragraphs(directory, described)];
  return documentBytes(described.mimeType, lines, contentDice(directory, index), described.sizeBytes);
}

function heading(directory: Directory, described: DemoDocument): string[] {
  const { name, city, country } = companyFacts(directory, described.customer);
  return [described.title, '', `${name.full.slice(0, 90)}`, `${city[1]} ${city[0]}, ${country.name}`, ''];
}

function paragraphs(directory: Directory, described: DemoDocument): string[] {
  const on = described.createdAt.slice(0, 10);
  switch (described.kind) {
    case 'contract':
      return [
        `Supply contract, signed on ${on}.`,
        'The supplier delivers pumps, valves and spare parts at the list prices of the year.',
        'The contract runs for two years and is renewed by one year unless cancelled.',
      ];
    case 'invoice':
      return invoiceLines(directory, Number(described.invoiceNumber));
    case 'deliveryNote':
      return orderLines(directory, Number(described.orderNumber), on);
    case 'note':
      return [`Note of ${on}:`, 'Customer called about the schedule — “please confirm by Friday”.', 'No action open.'];
    case 'photo':
      return [];
  }
}

function invoiceLines(directory: Directory, number: number): string[] {
  const billed = invoice(directory, number - Number(directory.invoiceNumber(0)));
  const lines = billed.lines
    .slice(0, SHOWN_LINES)
    .map(
      (line) =>
        `${line.position}  ${line.productNumber}  ${line.text}  ${line.quantity} ${line.unit}  ${line.netAmount}`,
    );
  return [
    `Invoice date ${billed.invoicedOn}, due ${billed.dueOn}, for sales order ${billed.salesOrderNumber}`,
    '',
    ...lines,
    '',
    `Net ${billed.net.amount}   Tax ${billed.tax.amount}   Total ${billed.total.amount} ${billed.total.currency}`,
  ];
}

function orderLines(directory: Directory, number: number, on: string): string[] {
  const order = salesOrder(directory, number - Number(directory.orderNumber(0)));
  const lines = order.lines
    .slice(0, SHOWN_LINES)
    .map((line) => `${line.position}  ${line.productNumber}  ${line.text}  ${line.quantity} ${line.unit}`);
  return [`Delivered on ${on}, sales order ${order.number}, your reference ${order.customerReference}`, '', ...lines];
}
