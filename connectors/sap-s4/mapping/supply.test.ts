import { describe, expect, test } from '@jest/globals';
import { toProduct, toStockLevel, toWarehouse } from './supply.ts';

const record = (source: object) => ({ key: 'P', source, changedAt: 0 });

describe('product', () => {
  test.each([
    ['1.500', 'KG', '1.500'],
    ['1500', 'G', '1.500'],
    ['5', 'G', '0.005'],
    ['2.5', 'TO', '2500'],
    ['0.000', 'KG', null],
    ['3', 'LB', null],
  ])('%s %s weighs %s kg', (weight, unit, expected) => {
    expect(toProduct(record({ NetWeight: weight, WeightUnit: unit }), 'EN')[0]!.values).toMatchObject({
      weight: expected,
    });
  });

  test.each([
    ['in the language asked for', 'DE', 'Pumpe'],
    ['in whatever there is', 'FR', 'Pump'],
  ])('is named %s', (_, language, name) => {
    const results = [
      { Language: 'EN', ProductDescription: 'Pump' },
      { Language: 'DE', ProductDescription: 'Pumpe' },
    ];
    expect(toProduct(record({ to_Description: { results } }), language)[0]!.values).toMatchObject({ name });
  });

  test.each([
    ['ST', 'C62'],
    ['PC', 'C62'],
    ['KG', 'KGM'],
    ['ZZ9', 'ZZ9'],
    ['', null],
  ])('unit %s is %s', (code, expected) => {
    expect(toProduct(record({ BaseUnit: code }), 'EN')[0]!.values).toMatchObject({ unit: expected });
  });
});

test('a plant is a warehouse, stock lies in it', () => {
  expect(toWarehouse(record({ Plant: '1010', PlantName: 'Ulm' }))[0]!.values).toEqual({ code: '1010', name: 'Ulm' });
  const source = {
    Material: '000000000000010012',
    Plant: '1010',
    MatlWrhsStkQtyInMatlBaseUnit: '12.000',
    MaterialBaseUnit: 'L',
  };
  expect(toStockLevel(record(source))[0]!.values).toEqual({
    product: { stream: 'product', key: '000000000000010012' },
    warehouse: { stream: 'plant', key: '1010' },
    quantity: '12.000',
    unit: 'LTR',
  });
});
