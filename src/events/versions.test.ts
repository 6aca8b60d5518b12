import { describe, expect, test } from '@jest/globals';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { createEnvelope } from './envelope.ts';
import { eventSchemas } from './schema.ts';
import type { StoredChange } from './stored-change.ts';
import type { EventVersions } from './versions.ts';

/** `manager` was called `accountManager`, and `stage` had no LOST. */
const versions: EventVersions = new Map([
  [
    'Customer',
    {
      current: 2,
      earlier: [
        {
          version: 1,
          record: ({ manager, stage, stageText, ...same }) => ({
            ...same,
            accountManager: manager,
            ...(stage === 'LOST' ? { stage: null, stageText: stage } : { stage, stageText }),
          }),
          field: (today) => (today === 'manager' ? 'accountManager' : today),
        },
      ],
    },
  ],
]);
const model = testModel();
const envelope = createEnvelope(model, 'inc', { prefix: 'acme', personal: {} }, versions);
const change: StoredChange = {
  partition: 3,
  offset: 17,
  entity: 'Customer',
  canonicalId: '01JD',
  sequence: 2,
  op: 'update',
  before: { id: '01JD', manager: 'Ada', stage: 'OPEN', stageText: null, cardToken: 'tok_1' },
  after: { id: '01JD', manager: 'Bo', stage: 'LOST', stageText: null, cardToken: 'tok_1' },
  changed: ['manager', 'stage'],
  owners: { manager: 'crm', stage: 'crm' },
  origin: 'crm',
  at: 0,
  isReference: false,
};
const dataOf = (message: { readonly value: string | null } | undefined) => JSON.parse(message?.value ?? 'null');

describe('while two versions are told', () => {
  test('each has its topics, and the others of the model have their one', () => {
    expect(envelope.topics.map(({ name }) => name)).toEqual([
      ...['acme.changes.Customer.v2', 'acme.state.Customer.v2', 'acme.changes.Customer', 'acme.state.Customer'],
      ...['acme.changes.SalesOrder', 'acme.state.SalesOrder'],
    ]);
    expect(envelope.versions('Customer')).toEqual([2, 1]);
    expect(envelope.topic('changes', 'Customer')).toBe('acme.changes.Customer.v2');
  });

  test('the current one is as the model', () => {
    const message = envelope.change(change);
    expect(message?.headers.ce_type).toBe('isthmus.Customer.changed.v2');
    expect(dataOf(message)).toMatchObject({
      after: { id: '01JD', manager: 'Bo', stage: 'LOST' },
      changed: ['manager', 'stage'],
    });
  });

  test('the earlier one is as it was', () => {
    const message = envelope.change(change, 1);
    expect(message?.headers).toMatchObject({ ce_type: 'isthmus.Customer.changed.v1', ce_id: 'inc:01JD:2' });
    expect(dataOf(message)).toEqual({
      op: 'update',
      before: { id: '01JD', accountManager: 'Ada', stage: 'OPEN', stageText: null },
      after: { id: '01JD', accountManager: 'Bo', stage: null, stageText: 'LOST' },
      changed: ['accountManager', 'stage'],
      owners: { accountManager: 'crm', stage: 'crm' },
    });
    expect(dataOf(envelope.state(change, 1))).toEqual({
      id: '01JD',
      accountManager: 'Bo',
      stage: null,
      stageText: 'LOST',
    });
    expect(envelope.state({ ...change, op: 'delete', after: null }, 1)?.value).toBeNull();
  });

  test('the schema of the earlier one is the one that was released', () => {
    const released = { title: 'as it was' };
    const schemas = eventSchemas(model, versions, (type) => (type.endsWith('.v1') ? released : undefined));
    const of = (type: string) => schemas.find((schema) => schema.type === type)?.schema;
    expect(of('isthmus.Customer.changed.v1')).toBe(released);
    expect(of('isthmus.Customer.changed.v2')?.title).toBe('isthmus.Customer.changed.v2');
    expect(of('isthmus.SalesOrder.changed.v1')?.title).toBe('isthmus.SalesOrder.changed.v1');
    expect(() => eventSchemas(model, versions)).toThrow(/isthmus\.Customer\.changed\.v1 was never released/);
  });
});
