import type { Mapped } from 'isthmus/model';
import type { SourceRecord } from 'isthmus/sdk';
import { decimal, flag, known, many, moment, rowOf, type Source, text, unit } from './values.ts';

/** Grams in the weight units that SAP uses; the model weighs in kilograms. */
const KILOGRAMS: Readonly<Record<string, number>> = { KG: 0, G: -3, TO: 3, MG: -6 };

export function toProduct(record: SourceRecord, language: string): readonly Mapped[] {
  const row = rowOf(record);
  return [
    {
      entity: 'Product',
      values: known({
        number: text(row.Product),
        name: description(row, language),
        unit: unit(row.BaseUnit),
        group: text(row.ProductGroup),
        weight: weightInKilograms(row),
        isDiscontinued: flag(row.IsMarkedForDeletion),
        changedAt: moment(record.changedAt, row.LastChangeDateTime),
      }),
    },
  ];
}

/** In the connection's language, else in whatever there is. */
function description(row: Source, language: string): string | null | undefined {
  const descriptions = many(row.to_Description);
  if (descriptions === undefined) return undefined;
  const wanted = descriptions.find((each) => String(each.Language).toUpperCase() === language.toUpperCase());
  return text((wanted ?? descriptions[0])?.ProductDescription) ?? null;
}

/** Exact: the point moves, nothing is divided. Null for a unit that is no power of ten of a kilogram. */
function weightInKilograms(row: Source): string | null | undefined {
  const weight = decimal(row.NetWeight, 'NetWeight');
  if (weight === undefined || weight === null) return weight;
  if (/^-?0+(\.0+)?$/.test(weight)) return null;
  const shift = KILOGRAMS[text(row.WeightUnit) ?? ''];
  return shift === undefined ? null : movePoint(weight, shift);
}

function movePoint(number: string, places: number): string {
  const [whole = '0', fraction = ''] = number.split('.');
  const digits = `${whole}${fraction}`;
  const point = whole.length + places;
  if (point >= digits.length) return digits.padEnd(point, '0');
  const padded = digits.padStart(digits.length + Math.max(1 - point, 0), '0');
  const at = Math.max(point, 1);
  return `${padded.slice(0, at)}.${padded.slice(at)}`;
}

export function toWarehouse(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  return [{ entity: 'Warehouse', values: known({ code: text(row.Plant), name: text(row.PlantName) }) }];
}

export function toStockLevel(record: SourceRecord): readonly Mapped[] {
  const row = rowOf(record);
  const plant = text(row.Plant);
  return [
    {
      entity: 'StockLevel',
      values: known({
        product: { stream: 'product', key: String(row.Material) },
        warehouse: plant ? { stream: 'plant', key: plant } : null,
        quantity: decimal(row.MatlWrhsStkQtyInMatlBaseUnit, 'MatlWrhsStkQtyInMatlBaseUnit'),
        unit: unit(row.MaterialBaseUnit),
      }),
    },
  ];
}
