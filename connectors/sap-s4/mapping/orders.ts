import type { CanonicalValues, Mapped, Money, PartValue } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import { currencyDecimals, lineAmount, sumOf } from './amounts.ts';
import {
  date,
  decimal,
  flag,
  known,
  many,
  moment,
  money,
  reference,
  rowOf,
  type Source,
  text,
  unit,
} from './values.ts';

type SalesStatus = Pick<CanonicalValues<'SalesOrder'>, 'status' | 'statusText'>;
type PurchaseStatus = Pick<CanonicalValues<'PurchaseOrder'>, 'status' | 'statusText'>;

export function toSalesOrder(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const items = many(row.to_Item);
  return [
    {
      entity: 'SalesOrder',
      values: known({
        number: text(row.SalesOrder),
        customer: reference('businessPartner', row.SoldToParty),
        orderedOn: date(row.SalesOrderDate),
        requestedDeliveryOn: date(row.RequestedDeliveryDate),
        ...salesStatus(row),
        total: money(row.TotalNetAmount, row.TransactionCurrency, 'TotalNetAmount'),
        customerReference: text(row.PurchaseOrderByCustomer),
        createdAt: moment(record.createdAt, row.CreationDate),
        changedAt: moment(record.changedAt, row.LastChangeDateTime),
      }),
      ...(items && { parts: { SalesOrderLine: { extent: 'complete', items: items.map(salesLine) } } }),
    },
  ];
}

function salesLine(item: Source): PartValue<'SalesOrderLine'> {
  return {
    key: String(item.SalesOrderItem),
    values: known({
      lineNumber: text(item.SalesOrderItem),
      product: reference('product', item.Material),
      description: text(item.SalesOrderItemText),
      quantity: decimal(item.RequestedQuantity, 'RequestedQuantity'),
      unit: unit(item.RequestedQuantityISOUnit, item.RequestedQuantityUnit),
      netAmount: money(item.NetAmount, item.TransactionCurrency, 'NetAmount'),
    }),
  };
}

/** Rejection stands above everything, then what was processed whole, then what was delivered. */
function salesStatus(row: Source): SalesStatus {
  const rejection = text(row.OverallSDDocumentRejectionSts);
  const process = text(row.OverallSDProcessStatus);
  const delivery = text(row.OverallTotalDeliveryStatus);
  if (process === undefined) return {};
  if (rejection === 'C') return { status: 'CANCELLED' };
  if (process === 'C') return { status: 'COMPLETED' };
  if (process !== 'A' && process !== 'B') return { status: null, ...(process && { statusText: process }) };
  if (delivery === 'C') return { status: 'DELIVERED' };
  if (delivery === 'B') return { status: 'PARTIALLY_DELIVERED' };
  return { status: 'OPEN' };
}

export function toPurchaseOrder(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const items = many(row.to_PurchaseOrderItem)?.filter((item) => text(item.PurchasingDocumentDeletionCode) !== 'L');
  return [
    {
      entity: 'PurchaseOrder',
      values: known({
        number: text(row.PurchaseOrder),
        supplier: reference('businessPartner', row.Supplier),
        orderedOn: date(row.PurchaseOrderDate),
        ...purchaseStatus(row, items ?? []),
        total: items && total(items, row.DocumentCurrency),
        changedAt: moment(record.changedAt, row.LastChangeDateTime),
      }),
      ...(items && { parts: { PurchaseOrderLine: { extent: 'complete', items: items.map(purchaseLine) } } }),
    },
  ];
}

function purchaseLine(item: Source): PartValue<'PurchaseOrderLine'> {
  return {
    key: String(item.PurchaseOrderItem),
    values: known({
      lineNumber: text(item.PurchaseOrderItem),
      product: reference('product', item.Material),
      description: text(item.PurchaseOrderItemText),
      quantity: decimal(item.OrderQuantity, 'OrderQuantity'),
      unit: unit(item.PurchaseOrderQuantityUnit),
      netAmount: netAmount(item),
    }),
  };
}

/** The price is per so many units; the amount is rounded as its currency is. */
function netAmount(item: Source): Money | null {
  const currency = text(item.DocumentCurrency);
  const price = decimal(item.NetPriceAmount, 'NetPriceAmount');
  const quantity = decimal(item.OrderQuantity, 'OrderQuantity');
  if (!currency || !price || !quantity) return null;
  const per = decimal(item.NetPriceQuantity, 'NetPriceQuantity') ?? '1';
  return { amount: lineAmount(price, quantity, per, currencyDecimals(currency)), currency };
}

/** The header has no total; that of its lines, when all are in its currency. */
function total(items: readonly Source[], headerCurrency: unknown): Money | null | undefined {
  const currency = text(headerCurrency);
  if (currency === undefined) return undefined;
  if (!currency) return null;
  const amounts = items.map(netAmount);
  if (amounts.some((amount) => amount === null || amount.currency !== currency)) return null;
  const texts = amounts.map((amount) => amount!.amount);
  return { amount: sumOf(texts, currencyDecimals(currency)), currency };
}

/** Codes of PurchasingProcessingStatus before delivery counts. */
const PROCESSING: Readonly<Record<string, NonNullable<PurchaseStatus['status']>>> = {
  '01': 'DRAFT',
  '02': 'OPEN',
  '03': 'IN_APPROVAL',
  '04': 'IN_APPROVAL',
  '05': 'OPEN',
  '08': 'CANCELLED',
  '26': 'IN_APPROVAL',
};

function purchaseStatus(row: Source, items: readonly Source[]): PurchaseStatus {
  if (text(row.PurchasingDocumentDeletionCode) === 'L') return { status: 'CANCELLED' };
  if (flag(row.ReleaseIsNotCompleted)) return { status: 'IN_APPROVAL' };
  const code = text(row.PurchasingProcessingStatus);
  if (code === undefined) return {};
  const status = code === null ? 'OPEN' : PROCESSING[code];
  if (status === undefined) return { status: null, ...(code && { statusText: code }) };
  if (status !== 'OPEN') return { status };
  const delivered = items.filter((item) => flag(item.IsCompletelyDelivered)).length;
  if (delivered === 0) return { status };
  if (delivered < items.length) return { status: 'PARTIALLY_DELIVERED' };
  return { status: items.every((item) => flag(item.IsFinallyInvoiced)) ? 'CLOSED' : 'DELIVERED' };
}
