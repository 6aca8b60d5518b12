import { describe, expect, test } from '@jest/globals';
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { type Codec, CodecError, codecOf, enumCodec, foldText, LONGEST_TEXT_KEY } from './index.ts';

const Exact = Decimal.clone({ precision: 200, toExpNeg: -100, toExpPos: 100 });

/** As SQLite's binary collation and PostgreSQL's "C" compare text. */
function compareBytes(a: string, b: string): number {
  return Math.sign(Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')));
}

function refused(codec: { parse(value: unknown): unknown }, values: readonly unknown[]): void {
  for (const value of values) expect(() => codec.parse(value)).toThrow(CodecError);
}

/** Parsing again changes nothing, and the column gives the value back. */
function expectExact<T, C extends string | number, K extends string | number>(codec: Codec<T, C, K>, value: T): void {
  expect(codec.parse(value)).toEqual(value);
  expect(codec.fromColumn(codec.toColumn(value))).toEqual(value);
}

const digits = (max: number) => fc.stringMatching(new RegExp(`^\\d{1,${max}}$`));
const decimalText = fc
  .tuple(fc.constantFrom('', '-'), digits(38), fc.option(digits(38)))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`);
const closeDecimals = fc.constantFrom(
  '-1.51',
  '-1.5',
  '-1.50',
  '-0.001',
  '0',
  '-0',
  '0.00',
  '0.001',
  '0.0011',
  '9',
  '10',
  '99',
);

describe('Decimal', () => {
  const codec = codecOf('Decimal');

  test('keeps the digits as delivered, in one spelling', () => {
    const spellings = { '1250.00': '1250.00', '007.50': '7.50', '-0.00': '0.00', '+5': '5', '1e3': '1000' };
    for (const [given, kept] of Object.entries(spellings)) expect(codec.parse(given)).toBe(kept);
    expect(codec.parse('1.25E-2')).toBe('0.0125');
    expect(codec.parse('12.5e1')).toBe('125');
    expect(codec.parse('-1.5e+20')).toBe('-150000000000000000000');
  });

  test('refuses what is not exact, not a number, or too long', () => {
    refused(codec, [1250, 1.5, null, '', ' 1', '1,5', '.5', '5.', 'NaN', '1e999999999', '1e77', '٣', '0x10']);
    refused(codec, ['9'.repeat(39), `0.${'1'.repeat(39)}`, '1'.repeat(100_000)]);
  });

  test('has the same value as what it was given', () => {
    fc.assert(
      fc.property(decimalText, fc.integer({ min: -30, max: 30 }), (text, exponent) => {
        for (const given of [text, `${text}e${exponent}`]) {
          const kept = parsedOrRefused(given);
          if (kept === undefined) continue;
          expect(new Exact(kept).eq(new Exact(given))).toBe(true);
          expectExact(codec, kept);
        }
      }),
    );
  });

  test('orders by key as numbers do', () => {
    const value = fc.oneof(decimalText, closeDecimals).map((text) => codec.parse(text));
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(compareBytes(codec.orderKey(a), codec.orderKey(b))).toBe(new Exact(a).cmp(new Exact(b)));
      }),
      { numRuns: 2000 },
    );
  });

  function parsedOrRefused(text: string): string | undefined {
    try {
      return codec.parse(text);
    } catch {
      return undefined;
    }
  }
});

describe('String', () => {
  const codec = codecOf('String');

  test('keeps text as it is, but for what no store holds', () => {
    expect(codec.parse('Müller & Søn')).toBe('Müller & Søn');
    expect(codec.parse('a\0b')).toBe('a\u{fffd}b');
    expect(codec.parse('a\ud800')).toBe('a\u{fffd}');
    refused(codec, [1, true, null, undefined, {}, []]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const kept = codec.parse(text);
        expectExact(codec, kept);
        expect(Buffer.from(kept, 'utf8').toString('utf8')).toBe(kept);
        expect(kept).not.toContain('\0');
      }),
    );
  });

  test('compares without regard to case, accents and spelling', () => {
    const same: readonly (readonly [string, string])[] = [
      ['Straße', 'STRASSE'],
      ['Café', 'cafe\u0301'],
      ['ÅNGSTRÖM', 'angstrom'],
      ['Łódź', 'lodz'],
      ['ﬁle', 'FILE'],
      ['Ⅳ', 'iv'],
      ['ＡＢＣ', 'abc'],
      ['ΟΔΟΣ', 'οδός'],
      ['İzmir', 'izmir'],
      ['Ærø', 'aero'],
    ];
    for (const [a, b] of same) expect(codec.orderKey(a)).toBe(codec.orderKey(b));
    expect(codec.orderKey('が')).not.toBe(codec.orderKey('か'));
  });

  test('folds to well-formed text that folding leaves alone', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (text) => {
        const folded = foldText(codec.parse(text));
        expect(folded.isWellFormed()).toBe(true);
        expect(foldText(folded)).toBe(folded);
      }),
      { numRuns: 3000 },
    );
    for (let point = 0; point <= 0x2ffff; point += 1) {
      const folded = foldText(String.fromCodePoint(point));
      if (foldText(folded) !== folded) throw new Error(`U+${point.toString(16)} folds differently the second time.`);
    }
  });

  test('cuts the key, never inside a character', () => {
    const key = codec.orderKey(`x${'€'.repeat(1000)}`);
    expect(Buffer.byteLength(key)).toBe(LONGEST_TEXT_KEY - 1);
    expect(key.endsWith('€')).toBe(true);
    expect(codec.orderKey('ab'.repeat(5000))).toHaveLength(LONGEST_TEXT_KEY);
  });
});

describe('Date and DateTime', () => {
  const date = codecOf('Date');
  const moment = codecOf('DateTime');

  test('a day is one of the calendar', () => {
    for (const day of ['2026-01-02', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31']) {
      expect(date.parse(day)).toBe(day);
    }
    refused(date, ['2026-02-29', '1900-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '0000-01-01', '2026-1-2']);
    refused(date, ['2026-01-02T00:00:00Z', '20260102', '', 20260102, new Date()]);
  });

  test('a moment has one spelling in UTC', () => {
    const spellings = {
      '2026-01-02T03:04:05.000Z': '2026-01-02T03:04:05.000Z',
      '2026-01-02T03:04:05Z': '2026-01-02T03:04:05.000Z',
      '2026-01-02T03:04Z': '2026-01-02T03:04:00.000Z',
      '2026-01-02T03:04:05.123456789Z': '2026-01-02T03:04:05.123Z',
      '2026-01-02T03:04:05.1+0100': '2026-01-02T02:04:05.100Z',
      '2026-01-01T23:30:00-01:30': '2026-01-02T01:00:00.000Z',
    };
    for (const [given, kept] of Object.entries(spellings)) expect(moment.parse(given)).toBe(kept);
    refused(moment, ['2026-01-02', '2026-01-02T03:04:05', '2026-02-30T00:00:00Z', '2026-01-02T24:00:00Z']);
    refused(moment, ['2026-01-02T03:60:00Z', '2026-01-02T03:04:60Z', '0001-01-01T00:00:00+01:00', 0, '', null]);
    refused(moment, ['9999-12-31T23:59:59-01:00', '2026-01-02T03:04:05+25:00', '2026-01-02 03:04:05Z']);
  });

  test('order by key as time does', () => {
    const day = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(day, day, (a, b) => {
        const order = Math.sign(a.getTime() - b.getTime());
        const [first, second] = [moment.parse(a.toISOString()), moment.parse(b.toISOString())];
        expectExact(moment, first);
        expect(Math.sign(moment.orderKey(first) - moment.orderKey(second))).toBe(order);
        const days = [first.slice(0, 10), second.slice(0, 10)] as const;
        expect(compareBytes(date.orderKey(date.parse(days[0])), date.orderKey(days[1]))).toBe(
          Math.sign(Date.parse(days[0]) - Date.parse(days[1])),
        );
      }),
    );
  });
});

describe('Int, Boolean, enums and JSON', () => {
  test('a whole number has 32 bits', () => {
    const codec = codecOf('Int');
    for (const value of [0, -1, 2147483647, -2147483648]) expectExact(codec, value);
    expect(Object.is(codec.parse(-0), 0)).toBe(true);
    refused(codec, [1.5, 2147483648, -2147483649, '1', Number.NaN, true, null, 1n]);
  });

  test('a boolean is 0 or 1 in the store', () => {
    const codec = codecOf('Boolean');
    for (const value of [true, false]) expectExact(codec, value);
    expect(codec.toColumn(true)).toBe(1);
    refused(codec, ['true', 1, 0, null]);
  });

  test('an enum sorts as its values are declared', () => {
    const location = { file: 'own.graphql', line: 1 };
    const values = ['OPEN', 'ARCHIVED', 'CLOSED'].map((name) => ({ name, description: '' }));
    const codec = enumCodec({ name: 'Phase', description: '', location, values });
    expect(values.map(({ name }) => codec.orderKey(codec.parse(name)))).toEqual([0, 1, 2]);
    refused(codec, ['open', 'GONE', '', 1, null, 'toString']);
  });

  test('JSON comes back as it went, and equal values have equal keys', () => {
    const codec = codecOf('JSON');
    fc.assert(fc.property(fc.jsonValue(), (value) => expectExact(codec, codec.parse(value))));
    expect(codec.orderKey({ a: 1, b: [2] })).toBe(codec.orderKey({ b: [2], a: 1 }));
    const loop: { self?: unknown } = {};
    loop.self = loop;
    refused(codec, [undefined, () => 1, 1n, loop]);
  });

  test('a refusal never repeats the value', () => {
    for (const type of ['Decimal', 'Date', 'DateTime', 'Int', 'Boolean'] as const) {
      expect(messageOf(() => codecOf(type).parse('4111 1111 1111 1111'))).not.toContain('4111');
    }
  });

  function messageOf(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('It was not refused.');
  }
});
