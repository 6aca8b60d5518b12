import { faker } from '@faker-js/faker';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCardNumbers, maskCardNumbers } from './index.ts';

/** The card schemes' published test numbers. */
const CARDS: Readonly<Record<string, string>> = {
  '4111111111111111': 'visa',
  '4222222222222': 'visa',
  '5555555555554444': 'mastercard',
  '2223003122003222': 'mastercard',
  '378282246310005': 'amex',
  '6011111111111117': 'discover',
  '30569309025904': 'diners',
  '3530111333300000': 'jcb',
  '6205500000000000004': 'unionpay',
};

describe('card numbers', () => {
  test.each(Object.entries(CARDS))('%s is found, grouped or not', (number, brand) => {
    const groups = number.match(/\d{1,4}/g) ?? [];
    for (const written of [number, groups.join(' '), groups.join('-'), groups.join('\u00a0')]) {
      const text = `Please charge ${written}, thank you.`;
      expect(findCardNumbers(text)).toEqual([{ start: 14, end: 14 + written.length, brand }]);
      const masked = maskCardNumbers(text);
      expect(masked).toHaveLength(text.length);
      expect(masked.replace(/\D/g, '')).toBe(number.slice(-4));
      expect(maskCardNumbers(masked)).toBe(masked);
    }
  });

  test('are found beside other numbers', () => {
    expect(maskCardNumbers('Order 1234 4111 1111 1111 1111 12/27')).toBe('Order 1234 **** **** **** 1111 12/27');
    expect(maskCardNumbers('4111111111111111 378282246310005')).toBe('************1111 ***********0005');
    expect(maskCardNumbers('3782 822463 10005')).toBe('**** ****** *0005');
  });

  test('are not seen in other numbers', () => {
    const others = [
      '4111111111111112',
      '1234567890123456',
      '0000000000000000',
      '41111111111111111111111',
      '4111 1111  1111 1111',
      '2026-01-02 03.04.05',
      '+49 30 1234567',
      'DE89370400440532013000',
      '',
    ];
    for (const text of others) expect(findCardNumbers(text)).toEqual([]);
  });

  test('of any issuer, as a generator that is not ours makes them', () => {
    faker.seed(7);
    for (const issuer of ['visa', 'mastercard', 'american_express', 'discover', 'jcb', 'diners_club']) {
      for (let round = 0; round < 50; round += 1) {
        const number = faker.finance.creditCardNumber({ issuer });
        expect(`${number} ${findCardNumbers(number).length}`).toBe(`${number} 1`);
      }
    }
  });

  test('any text keeps its length and everything but digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9 .a-]{0,80}$/), (text) => {
        const masked = maskCardNumbers(text);
        expect(masked).toHaveLength(text.length);
        expect(masked.replaceAll('*', '0').replace(/\d/g, '0')).toBe(text.replace(/\d/g, '0'));
        expect(findCardNumbers(masked)).toEqual([]);
      }),
    );
  });
});
