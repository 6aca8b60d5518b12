import type { DemoProduct, DemoStockLevel, DemoWarehouse } from './demo-types.ts';
import type { Directory } from './directory.ts';
import { changedAfter, FOUNDED_MS, instant, momentBetween, OPENED_MS } from './moments.ts';
import { decimal, money } from './money.ts';
import { COUNTRIES } from './places.ts';
import { PRODUCT_ADJECTIVES, PRODUCT_KINDS } from './words.ts';

const NUMBERS_FROM = 10_000;

export function productNumber(index: number): string {
  return `${PRODUCT_KINDS[index % PRODUCT_KINDS.length]![0]}-${NUMBERS_FROM + index}`;
}

export function product(directory: Directory, index: number): DemoProduct {
  const dice = directory.dice('product', index);
  const [, noun, group, baseUnit] = PRODUCT_KINDS[index % PRODUCT_KINDS.length]!;
  const createdMs = momentBetween(dice, FOUNDED_MS, OPENED_MS, dice.unit());
  const { priceCents, name, grams } = productBasics(directory, index);
  return {
    index,
    number: productNumber(index),
    name,
    group,
    type: noun === 'Lubricant' ? 'HAWA' : 'FERT',
    baseUnit,
    grossWeight: decimal(Math.round(grams * 1.08), 3),
    netWeight: decimal(grams, 3),
    weightUnit: 'KG',
    gtin: dice.chance(0.15) ? null : gtin(index),
    isDiscontinued: dice.chance(0.04),
    listPrice: money(priceCents, 'EUR'),
    createdAt: instant(createdMs),
    changedAt: instant(changedAfter(dice, createdMs, index, 900)),
  };
}

/** What order lines need of a product. */
export interface ProductBasics {
  readonly number: string;
  readonly name: string;
  readonly unit: string;
  readonly priceCents: number;
  readonly grams: number;
}

export function productBasics(directory: Directory, index: number): ProductBasics {
  const dice = directory.dice('product', -1 - index);
  const kind = PRODUCT_KINDS[index % PRODUCT_KINDS.length]!;
  const [, noun, , unit, lowCents, highCents, lowGrams, highGrams] = kind;
  const share = dice.unit() * dice.unit();
  return {
    number: productNumber(index),
    name: `${noun} ${dice.pick(PRODUCT_ADJECTIVES)} ${dice.between(10, 99)}-${dice.between(100, 999)}`,
    unit,
    priceCents: Math.round(lowCents + share * (highCents - lowCents)),
    grams: Math.round(lowGrams + share * (highGrams - lowGrams)),
  };
}

/** Each plant has two storage locations. */
export function warehouse(_directory: Directory, index: number): DemoWarehouse {
  const plant = Math.floor(index / 2);
  const country = COUNTRIES[plant % COUNTRIES.length]!;
  const city = country.cities[Math.floor(plant / COUNTRIES.length) % country.cities.length]![0];
  return {
    index,
    plant: String(1010 + 100 * plant),
    storageLocation: index % 2 === 0 ? '101A' : '101B',
    name: `${city} ${index % 2 === 0 ? 'central warehouse' : 'spare parts'}`,
    city,
    country: country.code,
  };
}

export function* stockLevels(directory: Directory): IterableIterator<DemoStockLevel> {
  const { products, warehouses } = directory.counts;
  const places = Array.from({ length: warehouses }, (_, index) => warehouse(directory, index));
  for (let index = 0; index < products; index++) {
    const dice = directory.dice('stock', index);
    const unit = PRODUCT_KINDS[index % PRODUCT_KINDS.length]![3];
    for (const place of places) {
      const isCounted = place.index === index % warehouses || dice.chance(0.5);
      const whole = dice.chance(0.1) ? 0 : dice.between(1, 900);
      const thousandths = whole * 1000 + (unit === 'M' || unit === 'L' ? dice.below(1000) : 0);
      if (!isCounted) continue;
      yield {
        product: index,
        productNumber: productNumber(index),
        plant: place.plant,
        storageLocation: place.storageLocation,
        quantity: decimal(thousandths, 3),
        unit,
      };
    }
  }
}

/** Thirteen digits with a valid check digit, in the range kept for use inside a company. */
function gtin(index: number): string {
  const digits = `20${String(index).padStart(10, '0')}`;
  let sum = 0;
  for (let at = 0; at < 12; at++) sum += Number(digits[at]) * (at % 2 === 0 ? 1 : 3);
  return digits + ((10 - (sum % 10)) % 10);
}
