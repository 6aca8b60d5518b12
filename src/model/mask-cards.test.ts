import { faker } from '@faker-js/faker';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileModel, entityOf, findCardNumbers, isMasked, maskCards, maskText } from './index.ts';

const model = compileModel([
  {
    file: 'test.graphql',
    text: `
"""Where."""
type Address @value { "Street." street: String "Area." area: Decimal "Since." since: Date "Kind." kind: Stage }
"""How far."""
enum Stage { "First." OPEN "Last." DONE }
"""Asks."""
type Ticket @entity {
  id: ID!
  "Number." number: String @key
  "Text." text: String
  "Amount." amount: Decimal
  "Stage." stage: Stage
  "Where." place: Address
  "Anything." extra: JSON
  "Before." previous: Ticket
}
`,
  },
]);
const ticket = entityOf(model, 'Ticket');
const CARD = '4111 1111 1111 1111';
const MASKED = '**** **** **** 1111';

function masked(values: Readonly<Record<string, unknown>>) {
  let cards = 0;
  const result = maskCards(model, ticket, values, (count) => {
    cards += count;
  });
  return { result, cards };
}

describe('card numbers in values', () => {
  test('are masked wherever people write freely, and counted', () => {
    const values = {
      text: `Use ${CARD} or 378282246310005`,
      stageText: CARD,
      place: { street: `Main street ${CARD}`, area: '4111111111111111', since: null, kind: 'OPEN' },
      extra: { note: [CARD, 7, null, { card: 4111111111111111 }], '4111111111111111': true },
    };
    expect(masked(values)).toEqual({
      cards: 6,
      result: {
        text: `Use ${MASKED} or ***********0005`,
        stageText: MASKED,
        place: { street: `Main street ${MASKED}`, area: '4111111111111111', since: null, kind: 'OPEN' },
        extra: { note: [MASKED, 7, null, { card: '************1111' }], '4111111111111111': true },
      },
    });
    expect(values.text).toContain(CARD);
  });

  test('stay in keys, in references and in numbers', () => {
    const values = {
      number: '4111111111111111',
      amount: '4111111111111111',
      previous: { stream: 'ticket', key: '4111111111111111' },
      text: null,
      place: null,
    };
    expect(masked(values)).toEqual({ result: values, cards: 0 });
    expect(masked(values).result).toBe(values);
  });

  test('a text that was masked is known as such, and masking it again changes nothing', () => {
    fc.assert(
      fc.property(anyCard, fc.string(), fc.string(), (card, before, after) => {
        const text = maskText(`${before} ${card} ${after}`);
        expect(isMasked(text)).toBe(true);
        expect(maskText(text)).toBe(text);
      }),
    );
    for (const text of ['****', '** 1234', '*'.repeat(40), 'Rated ***** by 1234', '2*3*4'])
      expect(isMasked(text)).toBe(false);
    expect(isMasked('XXXX ************1234')).toBe(true);
  });
});

/** With the separators of keyboards and of word processors, in plain digits or those of another script. */
const anyCard = fc
  .tuple(
    fc.constantFrom('visa', 'mastercard', 'american_express', 'discover', 'jcb', 'diners_club'),
    fc.integer(),
    fc.constantFrom('', ' ', '-', '.', '\u00a0', '\u202f', '\u2011', '\u2013'),
    fc.constantFrom('0', '\u0660', '\u06f0', '\u0966', '\uff10'),
  )
  .map(([issuer, seed, separator, zero]) => {
    faker.seed(seed);
    const digits = faker.finance.creditCardNumber({ issuer }).replace(/\D/g, '');
    return { digits, separator, zero };
  })
  // Visa's oldest may be article numbers.
  .filter(({ digits }) => digits.length > 13)
  .map(({ digits, separator, zero }) => {
    const written = (digits.match(/\d{1,4}/g) ?? []).join(separator);
    return written.replace(/\d/g, (digit) => String.fromCharCode(zero.charCodeAt(0) + Number(digit)));
  });

describe('what is taken for a card number', () => {
  test('is a card of any issuer, however it is written', () => {
    fc.assert(fc.property(anyCard, (card) => expect(findCardNumbers(`No. ${card}!`)).toHaveLength(1)));
  });

  test('has an issuer, a length and a check digit, and nothing else is', () => {
    const runs = fc.stringMatching(/^[0-9]{1,25}$/);
    fc.assert(
      fc.property(runs, (digits) => {
        for (const { start, end } of findCardNumbers(digits)) {
          const number = digits.slice(start, end);
          expect(number).toBe(digits);
          expect(number).toMatch(/^[2-6]\d{12,18}$/);
          expect(luhn(number)).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[string, fc.Arbitrary<string>]>([
    ['an order number of up to twelve digits', fc.stringMatching(/^(SO|PO|INV)?[-/]?[0-9]{1,12}$/)],
    ['a number with a year and groups', fc.stringMatching(/^20[0-9]{2}[-/][0-9]{2,6}$/)],
    ['a telephone number', fc.stringMatching(/^\+[1-9][0-9]{6,14}$/)],
    ['a number with letters within', fc.stringMatching(/^[0-9]{1,12}[A-Z][0-9]{1,12}$/)],
    [
      'a moment',
      fc
        .date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('2100-01-01') })
        .map((date) => date.toISOString()),
    ],
    ['an amount', fc.double({ min: 0, max: 1e12, noNaN: true }).map((amount) => amount.toLocaleString('de-DE'))],
    ['a UUID', fc.constant('').map(() => faker.string.uuid())],
  ])('%s is none', (_name, numbers) => {
    fc.assert(
      fc.property(numbers, (number) => expect(findCardNumbers(`(${number})`)).toEqual([])),
      { numRuns: 1000 },
    );
  });

  test('nor is a UUID of which two groups pass for one', () => {
    expect(findCardNumbers('see f5b2cf66-263f-4817-8902-71862d40999f')).toEqual([]);
    expect(findCardNumbers('f5b2cf66-263f, 4817-8902-71862')).toHaveLength(1);
  });

  test('a bank account number is none, grouped or not, whatever digits it holds', () => {
    faker.seed(11);
    for (let round = 0; round < 500; round += 1) {
      for (const formatted of [true, false]) {
        const account = faker.finance.iban({ formatted });
        expect([account, findCardNumbers(`IBAN ${account}, thanks`)]).toEqual([account, []]);
      }
    }
    // With the check digits wrong it is no account, and the digits are a card's.
    expect(findCardNumbers('AT00 4111 1111 1111 1111')).toHaveLength(1);
  });

  test('an article number is none, though it begins as a Visa card', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^4[0-9]{11}$/), (body) => {
        const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 1 ? 3 : 1), 0);
        expect(findCardNumbers(`GTIN ${body}${(10 - (sum % 10)) % 10}`)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

function luhn(digits: string): number {
  const weighted = [...digits].reverse().map((digit, index) => Number(digit) * (index % 2 === 1 ? 2 : 1));
  return weighted.reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0) % 10;
}
