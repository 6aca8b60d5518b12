import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { storedChanges } from '../../tests/support/arbitrary-change.ts';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { deadLetter } from './dead-letters.ts';
import { createEnvelope } from './envelope.ts';
import { headerSchema } from './schema-headers.ts';
import { DEAD_LETTER, SHARED_SCHEMAS, SNAPSHOT_MARKER, SOURCE_OBSERVED } from './schema-shared.ts';
import type { JsonSchema } from './schema-values.ts';
import { sourceChange } from './source-rows.ts';

const model = testModel();
const envelope = createEnvelope(model, 'inc', { prefix: 'acme', personal: {} });
const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
/** To the last name. */
const check = (schema: JsonSchema | undefined) =>
  ajv.compile({ ...schema, ...(schema?.type && { additionalProperties: false }) });

test('markers of snapshots are as their schema says', () => {
  const value = check(SHARED_SCHEMAS[SNAPSHOT_MARKER]);
  for (const kind of ['begun', 'ended'] as const) {
    const headers = check(headerSchema('marker', `isthmus.Customer.snapshot-${kind}.v1`));
    const marker = { snapshot: '01J', partition: 3, position: 17, ...(kind === 'ended' && { count: 5 }) };
    const message = envelope.marker(kind, 'Customer', marker, 1_700_000_000_000);
    expect([value(JSON.parse(message.value ?? '')), value.errors]).toEqual([true, null]);
    expect([headers(message.headers), headers.errors]).toEqual([true, null]);
  }
});

test('dead letters are as their schema says, whatever was refused', () => {
  const value = check(SHARED_SCHEMAS[DEAD_LETTER]);
  const headers = check(headerSchema('dead-letter', DEAD_LETTER));
  fc.assert(
    fc.property(storedChanges(model), fc.string(), fc.boolean(), (change, reason, mayHold) => {
      const refused = envelope.change(change);
      if (!refused) throw new Error('none');
      const refusal = { topic: 'acme.changes.Customer', partition: 3, code: 'REJECTED_RECORD', reason };
      const message = deadLetter('acme', refused, refusal, change.at, mayHold);
      expect([value(JSON.parse(message.value ?? 'null')), value.errors]).toEqual([true, null]);
      expect([headers(message.headers), headers.errors]).toEqual([true, null]);
    }),
  );
});

test('source records are as their schema says, with lines or deleted', () => {
  const sources = { erp: ['order'] };
  const { change: message } = createEnvelope(model, 'inc', { prefix: 'acme', personal: {}, sources });
  const value = check(SHARED_SCHEMAS[SOURCE_OBSERVED]);
  const headers = check(headerSchema('record', SOURCE_OBSERVED));
  const customer = { connection: 'erp', stream: 'partner', key: '7' };
  const lines = { SalesOrderLine: { items: [{ key: '1', values: { description: 'Bolts' } }] } };
  const record = { entity: 'SalesOrder', key: 'O1', values: { number: 'O1', customer }, parts: lines };
  for (const [op, records] of [
    ['create', [record]],
    ['delete', []],
  ] as const) {
    const seen = {
      connection: 'erp',
      stream: 'order',
      sourceId: 'O1',
      op,
      records,
      at: 1_700_000_000_000,
      trace: '00-0-0-00',
    };
    const told = message({ ...sourceChange(model, seen), partition: 3, offset: 17, isReference: false });
    expect(told?.value).toContain(op === 'create' ? '"Bolts"' : '"records":[]');
    expect([value(JSON.parse(told?.value ?? '')), value.errors]).toEqual([true, null]);
    expect([headers(told?.headers), headers.errors]).toEqual([true, null]);
  }
});
