import { describe, expect, test } from '@jest/globals';
import { CodecError, entityOf, loadCanonicalModel, parseValues } from './index.ts';

const model = loadCanonicalModel();
const parse = (entity: string, values: Record<string, unknown>) => parseValues(model, entityOf(model, entity), values);

describe('what a mapping wrote', () => {
  test('is brought to its exact form, and unknown stays unknown', () => {
    const values = {
      name: 'A\0cme',
      isBlocked: false,
      creditLimit: { amount: '050000.00', currency: 'EUR' },
      address: { city: 'Köln', street: null },
      createdAt: '2026-01-02T03:04:05+01:00',
      email: null,
      phone: undefined,
    };
    expect(parse('Customer', values)).toEqual({
      name: 'A\u{fffd}cme',
      isBlocked: false,
      creditLimit: { amount: '50000.00', currency: 'EUR' },
      address: { street: null, houseNumber: null, postalCode: null, city: 'Köln', region: null, country: null },
      createdAt: '2026-01-02T02:04:05.000Z',
      email: null,
    });
    expect(Object.keys(parse('Customer', { phone: undefined }))).toEqual([]);
  });

  test('may hold references by source key, and codes that no mapping knows', () => {
    const values = { customer: { stream: 'A', key: '1', more: 1 }, stage: null, stageText: 'XYZ' };
    expect(parse('Opportunity', values)).toEqual({
      customer: { stream: 'A', key: '1' },
      stage: null,
      stageText: 'XYZ',
    });
    const elsewhere = { connection: 'erp', stream: 'A', key: '1' };
    expect(parse('Opportunity', { customer: elsewhere })).toEqual({ customer: elsewhere });
  });

  test.each([
    ['Customer', { creditLimit: { amount: 'a lot', currency: 'EUR' } }, 'creditLimit.amount: Not a decimal number'],
    ['Customer', { creditLimit: { amount: '1' } }, 'creditLimit.currency: A Money cannot be without it.'],
    ['Customer', { creditLimit: '50000' }, 'creditLimit: Not a Money'],
    ['Customer', { address: { town: 'Köln' } }, 'address.town: Address has no such member.'],
    ['Customer', { nmae: 'Acme' }, 'nmae: Customer has no such field to write.'],
    ['Customer', { salesOrders: [] }, 'salesOrders: Customer has no such field to write.'],
    ['Customer', { id: '1' }, 'id: Customer has no such field to write.'],
    ['Customer', { name: 7 }, 'name: Not text'],
    ['Opportunity', { stage: 'XYZ' }, 'stage: Not a value of OpportunityStage: PROSPECTING,'],
    ['Opportunity', { customer: 'A/1' }, 'customer: Not a reference'],
    ['Opportunity', { customer: { stream: 'A', key: '' } }, 'customer: Not a reference'],
  ])('%s %j is refused', (entity, values, message) => {
    expect(() => parse(entity, values)).toThrow(CodecError);
    expect(() => parse(entity, values)).toThrow(message);
  });
});
