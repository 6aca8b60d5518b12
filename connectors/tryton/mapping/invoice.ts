import type { CanonicalValues, Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import { linesOf } from './order.ts';
import { behind, date, decimal, instant, money, reference, rowOf, type Source, text } from './values.ts';

type InvoiceStatus = Pick<CanonicalValues<'Invoice'>, 'status' | 'statusText'>;

export function toInvoice(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const currency = behind(row, 'currency');
  return [
    {
      entity: 'Invoice',
      values: {
        number: text(row.number),
        customer: reference('party', row.party),
        order: reference('sale', (row.sales as readonly unknown[] | null | undefined)?.[0]),
        issuedOn: date(row.invoice_date),
        dueOn: date(row.payment_term_date),
        ...status(row),
        total: money(row.total_amount, currency),
        tax: money(row.tax_amount, currency),
        changedAt: instant(record.changedAt),
      },
      parts: { InvoiceLine: { extent: 'complete', items: linesOf(row) } },
    },
  ];
}

/** Whether it is overdue is a matter of the day, which a record does not know. */
function status(row: Source): InvoiceStatus {
  switch (row.state) {
    case 'draft':
    case 'validated':
      return { status: 'DRAFT' };
    case 'posted': {
      const [left, total] = [decimal(row.amount_to_pay), decimal(row.total_amount)];
      const isPartlyPaid = left !== null && total !== null && Number(left) !== Number(total);
      return { status: isPartlyPaid ? 'PARTIALLY_PAID' : 'OPEN' };
    }
    case 'paid':
      return { status: 'PAID' };
    case 'cancelled':
    case 'cancel':
      return { status: 'CANCELLED' };
    default:
      return { status: null, statusText: text(row.state) };
  }
}
