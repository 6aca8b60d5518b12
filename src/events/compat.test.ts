import { describe, expect, test } from '@jest/globals';
import { compileModel } from '#model';
import { missing, unreadable } from './compat.ts';
import { eventSchemas } from './schema.ts';
import type { JsonSchema } from './schema-values.ts';

/** One small model, with a line changed here and there. */
function schemaOf(change: (sdl: string) => string = (sdl) => sdl): JsonSchema {
  const sdl = `
"""An amount."""
type Money @value { "Amount." amount: Decimal! "Currency." currency: String! }
"""How far."""
enum Stage { "First." OPEN "Last." DONE }
"""Bought."""
type Order @entity {
  id: ID!
  "Number." number: String @key
  "Count." count: Int
  "Stage." stage: Stage
  "Total." total: Money
  "Lines." lines: [Line!]! @inverse(field: "order")
}
"""Part."""
type Line @entity @partOf(field: "order") {
  id: ID!
  "Order." order: Order
  "What." text: String
}
`;
  const model = compileModel([{ file: 'test.graphql', text: change(sdl) }]);
  return eventSchemas(model).find(({ type }) => type === 'isthmus.Order.changed.v1')!.schema;
}

const old = schemaOf();
const replace = (from: string, to: string) => schemaOf((sdl) => sdl.replace(from, to));
const places = (found: readonly { readonly place: string; readonly problem: string }[]) =>
  found.map(({ place, problem }) => `${place}: ${problem}`);
const inAfter = (found: ReturnType<typeof unreadable>) => places(found).filter((line) => line.startsWith('after'));

describe('compatible both ways', () => {
  const changes: Readonly<Record<string, JsonSchema>> = {
    'the same': schemaOf(),
    'a field more': replace('"Count."', '"Weight." weight: Decimal "Count."'),
    'a field of a line more': replace('"What."', '"Colour." colour: String "What."'),
    'a member of a value more': replace('"Currency."', '"Rounded." rounded: Boolean "Currency."'),
    'other words': replace('"Number."', '"The number of the order."'),
    'an old field that says so': replace('number: String @key', 'number: String @key @deprecated(reason: "Old.")'),
    'values in another order': replace('"First." OPEN "Last." DONE', '"Last." DONE "First." OPEN'),
    'another collection that is not told': replace('"Total."', '"Next." next: Order "Total."'),
  };

  test.each(Object.entries(changes))('%s', (_name, changed) => {
    expect(unreadable(old, changed)).toEqual([]);
    expect(unreadable(changed, old)).toEqual([]);
    expect(missing(old, changed)).toEqual([]);
  });
});

describe('for consumers that know the old one', () => {
  test.each([
    ['a field removed', replace('"Count." count: Int', ''), 'after.count: it is no longer there'],
    ['a field renamed', replace('count: Int', 'amount: Int'), 'after.count: it is no longer there'],
    ['a field of a line removed', replace('"What." text: String', ''), 'after.lines[].text: it is no longer there'],
    [
      'a field that is payment data now',
      replace('count: Int', 'count: Int @classified(as: PAYMENT)'),
      'after.count: it is no longer there',
    ],
  ])('%s is missing', (_name, changed, problem) => {
    expect(inAfter(missing(old, changed))).toEqual([problem]);
  });

  test.each([
    [
      'a value of an enum more',
      replace('"Last." DONE', '"Last." DONE "Late." LOST'),
      'after.stage: it may be LOST, where DONE, OPEN is expected',
    ],
    [
      'another type',
      replace('count: Int', 'count: Decimal'),
      'after.count: it may be string, where integer, null is expected',
    ],
    [
      'a member that may be absent now',
      replace('amount: Decimal!', 'amount: Decimal'),
      'after.total.amount: it may be absent, where it is required',
    ],
  ])('%s cannot be read', (_name, changed, problem) => {
    expect(inAfter(unreadable(changed, old))).toContain(problem);
  });
});

describe('for consumers that know the new one', () => {
  test.each([
    [
      'a type that takes less',
      replace('number: String @key', 'number: Date'),
      'after.number: its format is not limited, where date is expected',
    ],
    ['a value of an enum removed', replace('"Last." DONE', ''), 'after.stage: it may be DONE, where OPEN is expected'],
    [
      'a member that is required',
      replace('"Currency."', '"Rate." rate: Decimal! "Currency."'),
      'after.total.rate: it may be absent, where it is required',
    ],
  ])('%s: old events cannot be read', (_name, changed, problem) => {
    expect(inAfter(unreadable(old, changed))).toContain(problem);
  });
});

describe('a schema that no generator of ours wrote', () => {
  const number = (more: object): JsonSchema => ({ type: 'object', properties: { n: { type: 'number', ...more } } });
  test.each<[string, JsonSchema, JsonSchema, readonly string[]]>([
    ['wider limits', number({ minimum: 1, maximum: 5 }), number({ minimum: 0, maximum: 9 }), []],
    ['narrower limits', number({ minimum: 0 }), number({ minimum: 1 }), ['n: its minimum is 0, where 1 is expected']],
    ['no limit', number({}), number({ maximum: 9 }), ['n: its maximum is not limited, where 9 is expected']],
    ['integers for numbers', { type: 'integer' }, { type: 'number' }, []],
    [
      'numbers for integers',
      { type: 'number' },
      { type: 'integer' },
      ['(the event): it may be number, where integer is expected'],
    ],
    ['anything', {}, { type: 'string' }, ['(the event): it may be anything, where string is expected']],
    [
      'a closed object',
      { type: 'object' },
      { type: 'object', additionalProperties: false },
      ['*: further fields are refused'],
    ],
    [
      'words that are not understood',
      number({ multipleOf: 2 }),
      number({ multipleOf: 3 }),
      ['n: it differs, and says multipleOf, which this check does not understand'],
    ],
  ])('%s', (_name, writer, reader, expected) => {
    expect(places(unreadable(writer, reader))).toEqual(expected);
  });
});
