import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileModel, entityOf } from '#model';
import type { Manifest } from '#sdk';
import { type Contribution, ownershipTable, survive } from './survive.ts';

const model = compileModel([
  {
    file: 'survive.graphql',
    text: `"C." type Customer @entity { id: ID! "N." name: String "M." manager: String
      "C." city: String @group(name: "address") "S." street: String @group(name: "address") }`,
  },
]);
const connection = (name: string, ...streams: string[]) => ({
  name,
  manifest: { streams: Object.fromEntries(streams.map((stream) => [stream, {}])) } as unknown as Manifest,
});
const connections = [connection('erp', 'partner', 'credit'), connection('crm', 'account')];
const said = (at: string, sourceId: string, values: Record<string, unknown>, observedRecordId = 0): Contribution => {
  const [name = '', stream = ''] = at.split('.');
  return { connection: name, stream, sourceId, observedRecordId, values };
};
const surviving = (ownership: unknown, ...records: Contribution[]) =>
  survive(entityOf(model, 'Customer'), records, ownershipTable(model, connections, ownership as never));

test('unknown is passed over, null is a value', () => {
  const { values } = surviving(
    undefined,
    said('crm.account', '1', { name: 'crm', manager: 'crm' }),
    said('erp.partner', '1', { manager: null }),
  );
  expect(values).toEqual({ name: 'crm', manager: null });
});

test('a group comes whole from the first record that knows any of it', () => {
  const { values, owners } = surviving(
    { Customer: { address: ['crm', 'erp'] } },
    said('erp.partner', '1', { city: 'X', street: 'x', name: 'erp' }),
    said('crm.account', '1', { city: 'Y', name: 'crm' }),
  );
  expect(values).toEqual({ city: 'Y', name: 'erp' });
  expect(owners.get('address')?.connection).toBe('crm');
});

test('who is not in the list does not own', () => {
  expect(surviving({ Customer: { name: ['crm'] } }, said('erp.partner', '1', { name: 'erp' })).values).toEqual({});
});

test('within a connection the stream decides, then the source id, never the order given', () => {
  const records = [
    said('erp.credit', '0', { name: 'credit' }),
    said('erp.partner', '2', { name: 'two' }),
    said('erp.partner', '10', { name: 'ten' }),
    said('crm.account', '0', { name: 'crm' }),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(records, { minLength: 4 }), (shuffled) => {
      expect(surviving(undefined, ...shuffled).values).toEqual({ name: 'ten' });
    }),
  );
});
