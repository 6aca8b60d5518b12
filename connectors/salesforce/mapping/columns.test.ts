import { describe, expect, test } from '@jest/globals';
import type { Row } from '../client.ts';
import { STREAMS } from '../streams.ts';
import { allFields, fieldsFor } from './columns.ts';

const config = { currency: 'EUR' } as never;
const moment = '2025-03-01T08:00:00.000+0000';
const VALUES: Row = {
  IsWon: false,
  IsClosed: false,
  IsConverted: false,
  Amount: 1,
  Probability: 10,
  CloseDate: '2026-01-01',
  CreatedDate: moment,
  SystemModstamp: moment,
  ClosedDate: moment,
  Type: 'Customer',
};

/** A record with only these fields, those of a parent inside it. */
function rowOf(fields: readonly string[]): Row {
  const row: Record<string, unknown> = {};
  for (const field of fields) {
    const [parent, inner] = field.split('.');
    if (inner === undefined) row[field] = VALUES[field] ?? 'x';
    else row[parent!] = { [inner]: 'x' };
  }
  return row;
}

describe.each(Object.entries(STREAMS))('%s', (_name, { fields: table, map }) => {
  const [whole] = map(rowOf(allFields(table)), config);
  const known = (row: Row) => {
    const values = Object.entries(map(row, config)[0]!.values as object).filter(([, value]) => value !== undefined);
    return Object.fromEntries(values);
  };

  test('names the fields behind everything that is mapped', () => {
    const told = Object.keys(whole!.values).filter((field) => !field.endsWith('Text'));
    expect(Object.keys(table.fields)).toEqual(expect.arrayContaining(told));
  });

  test.each(Object.keys(table.fields))('%s is told by its fields alone, and the others are unknown', (field) => {
    const read = fieldsFor(table, { [whole!.entity]: [field] });
    const values = known(rowOf(read));
    expect(values[field]).toEqual(known(rowOf(allFields(table)))[field]);
    for (const [other, needs] of Object.entries(table.fields)) {
      if (other in values) expect([other, needs.some((each) => read.includes(each))]).toEqual([other, true]);
    }
  });
});
