import type { Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import { behind, decimal, flag, instant, reference, rowOf, text, unit } from './values.ts';

export function toProduct(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  return [
    {
      entity: 'Product',
      values: {
        number: text(row.code),
        name: text(row.name),
        description: text(row.description),
        unit: unit(behind(row, 'default_uom')),
        group: text(behind(row, 'account_category').name),
        weight: behind(row, 'weight_uom').symbol === 'kg' ? decimal(row.weight) : null,
        isDiscontinued: !flag(row.active),
        changedAt: instant(record.changedAt),
      },
    },
  ];
}

export function toWarehouse(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  return [{ entity: 'Warehouse', values: { code: text(row.code), name: text(row.name) } }];
}

export function toStockLevel(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  return [
    {
      entity: 'StockLevel',
      values: {
        product: reference('product', row.product),
        warehouse: reference('warehouse', row.warehouse),
        quantity: decimal(row.quantity),
        unit: unit(behind(row, 'default_uom')),
      },
    },
  ];
}
