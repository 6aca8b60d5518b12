import { type ProductBasics, productBasics, warehouse } from './catalogue.ts';
import { orderCurrency } from './companies.ts';
import type { DemoInvoice, DemoInvoiceLine, DemoSalesOrder, DemoSalesOrderLine } from './demo-types.ts';
import type { Dice } from './dice.ts';
import type { Directory } from './directory.ts';
import { AS_OF_MS, changedAfter, DAY_MS, date, instant, momentBetween, OPENED_MS } from './moments.ts';
import { decimal, decimalsOf, fromEuroCents, money } from './money.ts';

/** Orders run through the years by their number: the last days hold the highest. */
export function orderedMs(directory: Directory, order: number): number {
  const dice = directory.dice('salesOrder', -1 - order);
  return momentBetween(dice, OPENED_MS, AS_OF_MS - DAY_MS, (order + dice.unit()) / directory.counts.salesOrders);
}

export function salesOrder(directory: Directory, index: number): DemoSalesOrder {
  const dice = directory.dice('salesOrder', index);
  const customer = directory.orderCustomer(index);
  const currency = orderCurrency(directory, customer);
  const createdMs = orderedMs(directory, index);
  const status = drawStatus(dice, directory.isInvoiced(index), AS_OF_MS - createdMs);
  const lines = drawLines(directory, dice, currency, status.rejectionStatus);
  const total = lines.reduce((sum, line) => sum + (line.isRejected ? 0 : line.netMinor), 0);
  return {
    index,
    number: directory.orderNumber(index),
    type: 'OR',
    salesOrganization: '1010',
    customer,
    customerNumber: directory.partnerNumber(customer),
    customerReference: `PO-${dice.digits(6)}`,
    orderedOn: date(createdMs),
    requestedDeliveryOn: date(createdMs + dice.between(3, 45) * DAY_MS),
    total: money(total, currency),
    ...status,
    lines: lines.map(({ netMinor: _, ...line }) => line),
    createdAt: instant(createdMs),
    changedAt: instant(changedAfter(dice, createdMs, index, 60)),
  };
}

type Status = Pick<DemoSalesOrder, 'processStatus' | 'deliveryStatus' | 'rejectionStatus'>;

/** What is invoiced was delivered, and is cancelled in parts at most. */
function drawStatus(dice: Dice, isInvoiced: boolean, ageMs: number): Status {
  const draw = dice.unit();
  if (isInvoiced) {
    const isPart = draw < 0.12;
    const part = isPart ? 'B' : 'C';
    return { processStatus: part, deliveryStatus: part, rejectionStatus: draw > 0.97 ? 'B' : 'A' };
  }
  if (draw < 0.2) return { processStatus: 'C', deliveryStatus: 'A', rejectionStatus: 'C' };
  if (ageMs > 180 * DAY_MS && draw < 0.6) return { processStatus: 'B', deliveryStatus: 'B', rejectionStatus: 'A' };
  return { processStatus: 'A', deliveryStatus: 'A', rejectionStatus: 'A' };
}

type LineWithAmount = DemoSalesOrderLine & { readonly netMinor: number };

function drawLines(
  directory: Directory,
  dice: Dice,
  currency: string,
  rejection: Status['rejectionStatus'],
): LineWithAmount[] {
  const count = 1 + Math.floor(dice.unit() * dice.unit() * 8);
  const place = warehouse(directory, dice.below(directory.counts.warehouses));
  return Array.from({ length: count }, (_, at) => {
    const basics = productBasics(directory, dice.skewed(directory.counts.products));
    const quantity = drawQuantity(dice, basics);
    const unitMinor = fromEuroCents(Math.round(basics.priceCents * (1 - dice.below(20) / 100)), currency);
    const netMinor = Math.round((unitMinor * quantity) / 1000);
    return {
      position: String(10 * (at + 1)),
      productNumber: basics.number,
      text: basics.name,
      quantity: decimal(quantity, 3),
      unit: basics.unit,
      unitPrice: decimal(unitMinor, decimalsOf(currency)),
      netAmount: decimal(netMinor, decimalsOf(currency)),
      netMinor,
      plant: place.plant,
      storageLocation: place.storageLocation,
      isRejected: rejection === 'C' || (rejection === 'B' && at > 0),
    };
  });
}

/** In thousandths: whole pieces, odd lengths and volumes. */
export function drawQuantity(dice: Dice, basics: ProductBasics): number {
  const cheap = basics.priceCents < 2_000;
  const whole = 1 + Math.floor(dice.unit() * dice.unit() * (cheap ? 400 : 12));
  const isDivisible = basics.unit === 'M' || basics.unit === 'L';
  return whole * 1000 + (isDivisible ? dice.below(4) * 250 : 0);
}

export function invoicedMs(directory: Directory, invoice: number): number {
  const orderMs = orderedMs(directory, directory.invoicedOrder(invoice));
  const laterMs = directory.dice('invoice', -1 - invoice).between(1, 20) * DAY_MS;
  return Math.min(orderMs + laterMs, AS_OF_MS - 3_600_000);
}

const DOMESTIC_TAX_PERCENT = 19;

export function invoice(directory: Directory, index: number): DemoInvoice {
  const dice = directory.dice('invoice', index);
  const order = salesOrder(directory, directory.invoicedOrder(index));
  const { currency } = order.total;
  const createdMs = invoicedMs(directory, index);
  const taxPercent = currency === 'EUR' && dice.chance(0.75) ? DOMESTIC_TAX_PERCENT : 0;
  const decimals = decimalsOf(currency);
  let net = 0;
  let tax = 0;
  const lines: DemoInvoiceLine[] = [];
  for (const line of order.lines) {
    if (line.isRejected) continue;
    const lineNet = Number(line.netAmount.replace('.', ''));
    const lineTax = Math.round((lineNet * taxPercent) / 100);
    net += lineNet;
    tax += lineTax;
    lines.push({
      position: line.position,
      salesOrderNumber: order.number,
      salesOrderPosition: line.position,
      productNumber: line.productNumber,
      text: line.text,
      quantity: line.quantity,
      unit: line.unit,
      netAmount: line.netAmount,
      taxAmount: decimal(lineTax, decimals),
    });
  }
  const dueMs = createdMs + dice.pick([14, 30, 30, 60]) * DAY_MS;
  const isCancelled = dice.chance(0.015);
  return {
    index,
    number: directory.invoiceNumber(index),
    type: 'F2',
    salesOrder: order.index,
    salesOrderNumber: order.number,
    customer: order.customer,
    customerNumber: order.customerNumber,
    invoicedOn: date(createdMs),
    dueOn: date(dueMs),
    net: money(net, currency),
    tax: money(tax, currency),
    total: money(net + tax, currency),
    isCancelled,
    isCleared: !isCancelled && dueMs < AS_OF_MS && dice.chance(0.93),
    lines,
    createdAt: instant(createdMs),
    changedAt: instant(changedAfter(dice, createdMs, index, 60)),
  };
}
