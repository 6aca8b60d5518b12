import { expect, test } from '@jest/globals';
import { graphql, isScalarType } from 'graphql';
import { buildControlSchema } from './schema.ts';
import type { HubStatus } from './status.ts';

const status: HubStatus = {
  connections: async () => [
    {
      name: 'erp',
      product: 'SAP S/4HANA',
      category: 'erp',
      streams: [
        {
          name: 'salesOrder',
          title: 'Sales orders',
          entities: ['SalesOrder'],
          phase: 'changes',
          records: 12,
          freshThrough: new Date('2026-01-02T03:04:05Z'),
          errorCode: null,
          errorMessage: null,
          heldDeletions: 0,
        },
      ],
    },
  ],
  setAside: async ({ connection, first }) => [
    {
      connection: connection ?? 'any',
      stream: 's',
      sourceId: '17',
      code: 'REJECTED_RECORD',
      reason: `of ${first}`,
      at: new Date(0),
    },
  ],
  approveDeletions: async (connection) => connection === 'erp',
};

test('every type and root field of the control graph starts with Hub or hub', async () => {
  const schema = await buildControlSchema(status);
  const types = Object.values(schema.getTypeMap()).filter((type) => !isScalarType(type) && !type.name.startsWith('__'));
  expect(types.map(({ name }) => name).filter((name) => !/^Hub|^Query$|^Mutation$/.test(name))).toEqual([]);
  const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
    Object.keys(root?.getFields() ?? {}),
  );
  expect(roots.length).toBeGreaterThan(2);
  expect(roots.filter((name) => !name.startsWith('hub'))).toEqual([]);
});

test('an operator reads streams and records set aside, and lets held deletions go', async () => {
  const schema = await buildControlSchema(status);
  const source = `mutation { erp: hubApproveDeletions(connection: "erp", stream: "s") crm: hubApproveDeletions(connection: "crm", stream: "s") }`;
  expect(await graphql({ schema, source })).toEqual({ data: { erp: true, crm: false } });
  const read = await graphql({
    schema,
    source:
      '{ hubConnections { name streams { phase freshThrough records } } hubSetAsideRecords(connection: "erp", first: 9000) { connection reason } }',
  });
  expect(JSON.parse(JSON.stringify(read))).toEqual({
    data: {
      hubConnections: [
        { name: 'erp', streams: [{ phase: 'CHANGES', freshThrough: '2026-01-02T03:04:05.000Z', records: 12 }] },
      ],
      hubSetAsideRecords: [{ connection: 'erp', reason: 'of 500' }],
    },
  });
});
