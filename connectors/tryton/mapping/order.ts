import type { CanonicalValues, Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import type { Config } from '../config.ts';
import {
  behind,
  byNumber,
  date,
  decimal,
  instant,
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

export function toSalesOrder(record: SourceRecord, config: Pick<Config, 'knownByNumber'>): readonly Mapped[] {
  const row = rowOf(record);
  const currency = behind(row, 'currency');
  return [
    {
      entity: 'SalesOrder',
      values: {
        number: text(row.number),
        customer: reference('party', row.party),
        orderedOn: date(row.sale_date),
        requestedDeliveryOn: date(row.shipping_date),
        ...salesStatus(row),
        total: money(row.untaxed_amount, currency),
        customerReference: text(row.reference),
        createdAt: moment(row.create_date),
        changedAt: instant(record.changedAt),
      },
      ...byNumber('saleNumber', row.number, config),
      parts: { SalesOrderLine: { extent: 'complete', items: linesOf(row) } },
    },
  ];
}

export function toPurchaseOrder(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  return [
    {
      entity: 'PurchaseOrder',
      values: {
        number: text(row.number),
        supplier: reference('party', row.party),
        orderedOn: date(row.purchase_date),
        ...purchaseStatus(row),
        total: money(row.untaxed_amount, behind(row, 'currency')),
        changedAt: instant(record.changedAt),
      },
      parts: { PurchaseOrderLine: { extent: 'complete', items: linesOf(row) } },
    },
  ];
}

/** Subtotals, titles and comments are lines too, and sell nothing. */
export function linesOf(document: Source) {
  const currency = behind(document, 'currency');
  return many(document, 'lines')
    .filter(({ type }) => type === 'line')
    .map((line, index) => ({
      key: String(line.id),
      values: {
        lineNumber: String(index + 1),
        product: reference('product', line.product),
        description: text(line.description),
        quantity: decimal(line.quantity),
        unit: unit(behind(line, 'unit')),
        netAmount: money(line.amount, currency),
      },
    }));
}

function salesStatus({ state, shipment_state: shipment }: Source): SalesStatus {
  switch (state) {
    case 'draft':
    case 'quotation':
      return { status: 'DRAFT' };
    case 'confirmed':
    case 'processing':
      if (shipment === 'sent') return { status: 'DELIVERED' };
      return { status: shipment === 'partially shipped' ? 'PARTIALLY_DELIVERED' : 'OPEN' };
    case 'done':
      return { status: 'COMPLETED' };
    case 'cancelled':
    case 'cancel':
      return { status: 'CANCELLED' };
    default:
      return { status: null, statusText: text(state) };
  }
}

function purchaseStatus({ state, shipment_state: shipment }: Source): PurchaseStatus {
  switch (state) {
    case 'draft':
      return { status: 'DRAFT' };
    case 'quotation':
      return { status: 'IN_APPROVAL' };
    case 'confirmed':
    case 'processing':
      if (shipment === 'received') return { status: 'DELIVERED' };
      return { status: shipment === 'partially shipped' ? 'PARTIALLY_DELIVERED' : 'OPEN' };
    case 'done':
      return { status: 'CLOSED' };
    case 'cancelled':
    case 'cancel':
      return { status: 'CANCELLED' };
    default:
      return { status: null, statusText: text(state) };
  }
}
