import { expect, test } from '@jest/globals';
import { type GraphQLObjectType, graphql, isScalarType } from 'graphql';
import { ConfigError, GoneError } from '#sdk';
import type { WebhookStatus } from '#webhooks';
import { buildControlSchema } from './schema.ts';
import type { HubStatus } from './status.ts';

const at = new Date(0);
const job = {
  ...{ id: 'j1', kind: 'replay', entity: null, topic: null, state: 'running', error: null },
  ...{ told: 1, partitions: 12, partitionsDone: 2, createdAt: at, updatedAt: at },
};

const webhook: WebhookStatus = {
  ...{ id: 'wh_1', url: 'https://example.com/', description: null, entities: ['Customer'], ops: ['create'] },
  ...{ fields: null, state: 'failing', reason: null, stateAt: 0, failingSince: 1000, holdUntil: null, givenUp: 0 },
  ...{ createdAt: 0, behind: 3, waitingKeys: 2, nextAttemptAt: null, oldSecretUntil: null },
};

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
          maskedCardNumbers: 3,
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
  topics: {
    jobs: async () => [job],
    job: async (id) => (id === job.id ? job : undefined),
    parked: async () => [{ key: '01', entity: 'Customer', topic: 't', reason: 'large', at, isReleasing: false }],
    replay: async ({ entity, from }) => ({ ...job, entity, error: `from ${from.toISOString()}` }),
    rebuildStates: async () => ({ ...job, kind: 'state-rebuild' }),
    snapshot: async ({ topic = null }) => ({ ...job, kind: 'snapshot', topic }),
    resetGroup: async () => {},
    release: async (key) => (key === undefined ? 3 : 1),
  },
  webhooks: {
    list: async () => [webhook],
    deliveries: async () => [],
    create: async ({ url }) => {
      if (!url.startsWith('https:'))
        throw new ConfigError('The url must begin with https://.', { details: { field: 'url' } });
      return { id: 'wh_1', secret: 'whsec_c2VjcmV0' };
    },
    update: async () => {},
    pause: async () => {},
    resume: async () => {},
    rotateSecret: async (id) => ({ id, secret: 'whsec_bmV3' }),
    delete: async () => {},
    test: async () => ({ taken: false, status: 500, error: 'answered 500', latencyMs: 12 }),
    replay: async () => {
      throw new GoneError('Too old.', { details: { oldest: '2026-01-01T00:00:00.000Z' } });
    },
  },
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

test('an operator has changes told again, and keys that wait', async () => {
  const schema = await buildControlSchema(status);
  const source = `mutation {
    hubReplayTopics(entity: "Customer", from: "2026-11-01T00:00:00Z") { entity error partitions }
    hubRebuildStates { kind }
    hubSnapshotTopics(entity: "Customer", topic: "mine") { kind topic }
    hubResetGroup(group: "g", from: "2026-11-01T00:00:00Z")
    hubReleaseParked
  }`;
  expect(JSON.parse(JSON.stringify(await graphql({ schema, source })))).toEqual({
    data: {
      hubReplayTopics: { entity: 'Customer', error: 'from 2026-11-01T00:00:00.000Z', partitions: 12 },
      hubRebuildStates: { kind: 'state-rebuild' },
      hubSnapshotTopics: { kind: 'snapshot', topic: 'mine' },
      hubResetGroup: true,
      hubReleaseParked: 3,
    },
  });
  const read = await graphql({
    schema,
    source: '{ hubTopicJobs { id told } hubTopicJob(id: "none") { id } hubParkedKeys { key isReleasing } }',
  });
  expect(JSON.parse(JSON.stringify(read))).toEqual({
    data: {
      hubTopicJobs: [{ id: 'j1', told: 1 }],
      hubTopicJob: null,
      hubParkedKeys: [{ key: '01', isReleasing: false }],
    },
  });
});

test('an endpoint is shown with its secret once, and what cannot be is told in words', async () => {
  const schema = await buildControlSchema(status);
  const ask = async (source: string) => JSON.parse(JSON.stringify(await graphql({ schema, source })));
  const create = (url: string) =>
    ask(
      `mutation { hubCreateWebhook(input: { url: "${url}", entities: ["Customer"], ops: [CREATE] }) { secret webhook { id state ops failingSince } } }`,
    );
  expect(await create('https://example.com/')).toEqual({
    data: {
      hubCreateWebhook: {
        secret: 'whsec_c2VjcmV0',
        webhook: { id: 'wh_1', state: 'FAILING', ops: ['CREATE'], failingSince: '1970-01-01T00:00:01.000Z' },
      },
    },
  });
  expect((await create('http://example.com/')).errors).toEqual([
    expect.objectContaining({
      message: 'The url must begin with https://.',
      extensions: { code: 'BAD_USER_INPUT', field: 'url' },
    }),
  ]);
  const replay = await ask('mutation { hubReplayWebhook(id: "wh_1", from: "2020-01-01T00:00:00.000Z") { id } }');
  expect(replay.errors[0].extensions).toEqual({ code: 'GONE', oldest: '2026-01-01T00:00:00.000Z' });
  expect(await ask('mutation { hubTestWebhook(id: "wh_1") { taken status error latencyMs } }')).toEqual({
    data: { hubTestWebhook: { taken: false, status: 500, error: 'answered 500', latencyMs: 12 } },
  });
  const fields = Object.keys((schema.getType('HubWebhook') as GraphQLObjectType).getFields());
  expect(fields.filter((name) => /secret/i.test(name))).toEqual(['oldSecretUntil']);
});
