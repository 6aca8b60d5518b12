import type { CanonicalValues, Mapped, PartValue } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
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

const CLEARING = { A: 'OPEN', B: 'PARTIALLY_PAID', C: 'PAID' } as const;

/** A billing document. It tells payment terms but no due date: that one stays unknown. */
export function toInvoice(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const items = many(row.to_Item);
  const order = items?.map((item) => text(item.SalesDocument)).find((number) => typeof number === 'string');
  return [
    {
      entity: 'Invoice',
      values: known({
        number: text(row.BillingDocument),
        customer: reference('businessPartner', text(row.SoldToParty) ?? row.PayerParty),
        order: items && (reference('salesOrder', order) ?? null),
        issuedOn: date(row.BillingDocumentDate),
        ...status(row),
        total: money(row.TotalGrossAmount, row.TransactionCurrency, 'TotalGrossAmount'),
        tax: money(row.TaxAmount, row.TransactionCurrency, 'TaxAmount'),
        changedAt: moment(record.changedAt, row.LastChangeDateTime),
      }),
      ...(items && { parts: { InvoiceLine: { extent: 'complete', items: items.map(line) } } }),
    },
  ];
}

function line(item: Source): PartValue<'InvoiceLine'> {
  return {
    key: String(item.BillingDocumentItem),
    values: known({
      lineNumber: text(item.BillingDocumentItem),
      product: reference('product', item.Material),
      description: text(item.BillingDocumentItemText),
      quantity: decimal(item.BillingQuantity, 'BillingQuantity'),
      unit: unit(item.BillingQuantityUnit),
      netAmount: money(item.NetAmount, item.TransactionCurrency, 'NetAmount'),
    }),
  };
}

function status(row: Source): Pick<CanonicalValues<'Invoice'>, 'status' | 'statusText'> {
  if (flag(row.BillingDocumentIsCancelled)) return { status: 'CANCELLED' };
  const code = text(row.InvoiceClearingStatus);
  if (code === undefined) return {};
  if (code === null) return { status: null };
  const status = CLEARING[code as keyof typeof CLEARING];
  return status === undefined ? { status: null, statusText: code } : { status };
}
