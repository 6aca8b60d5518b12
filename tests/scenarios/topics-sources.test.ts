/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sequenceOf } from '#events';
import { until } from '../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../systems/downloads.ts';
import { describeKafka, type KafkaCluster, startKafka } from '../systems/kafka/index.ts';
import { describeEachStore, type NewPlace, sqlitePlaces } from '../systems/postgres/index.ts';
import { testModel } from '../systems/postgres/test-model.ts';
import { allArrived, customer, openTopics, type TopicsWorld } from './topics-world.ts';

const model = testModel(`
"""Knows."""
type Person @entity {
  id: ID!
  "Name." name: String @classified(as: PERSONAL)
  "City." city: String
}
`);

function contract(newPlace: NewPlace, brokers: () => readonly string[] | undefined) {
  let world: TopicsWorld;
  afterEach(() => world.close());

  test('records are told as observed, in order per key, without what may not leave', async () => {
    const prefix = `s${randomUUID()}`;
    const found = brokers();
    const sources = { erp: ['partner', 'order'] };
    world = await openTopics(await newPlace(), { prefix, sources, model, ...(found && { brokers: found }) });
    const { see } = world;
    for (const version of [1, 2, 3]) {
      const values = { number: '1', name: `Name ${version}`, cardToken: `tok_${version}` };
      const person = { entity: 'Person', values: { name: 'Ann', city: 'Ulm' } };
      await see('erp', 'partner', { key: '1', version, mapped: [customer(values), person] });
      await see('crm', 'account', { key: 'A', version, mapped: [customer({ name: `CRM ${version}` })] });
    }
    await see('erp', 'partner', { key: '1', version: 3, mapped: [customer({ number: '1', name: 'Name 3' })] });
    await see('erp', 'partner', { key: '1', version: 4, deleted: true });
    const items = [{ key: 'L1', values: { lineNumber: 1, description: 'Bolts' } }];
    const parts = { SalesOrderLine: { items, complete: true } };
    const reference = { connection: 'erp', stream: 'partner', key: '1' };
    await see('erp', 'order', {
      key: 'O1',
      version: 1,
      mapped: [{ entity: 'SalesOrder', values: { number: '7', customer: reference }, parts }],
    });
    const partners = await world.follow('partners', [`${prefix}.source.erp.partner`]);
    await until('all of the partner', () => (partners.received.get('1')?.length ?? 0) >= 4);
    const messages = partners.received.get('1') ?? [];
    const told = messages.map(({ value }) => JSON.parse(value ?? ''));
    expect(told.map(({ op }) => op).filter((op, index) => op !== told[index - 1]?.op)).toEqual([
      'create',
      'update',
      'delete',
    ]);
    expect(told[0].records).toEqual([
      expect.objectContaining({ entity: 'Customer', values: { number: '1', name: 'Name 1' } }),
      expect.objectContaining({ entity: 'Person', values: { city: 'Ulm' } }),
    ]);
    expect(told.at(-1)).toEqual({ op: 'delete', records: [] });
    const sequences = messages.map(sequenceOf);
    expect(sequences).toEqual(sequences.toSorted((left, right) => left - right));
    expect(messages[0]?.headers).toMatchObject({
      ce_type: 'isthmus.source.observed.v1',
      ce_subject: '1',
      ce_origin: 'erp',
      traceparent: expect.stringMatching(/^00-/),
    });
    const orders = await world.follow('orders', [`${prefix}.source.erp.order`]);
    await until('the order', () => orders.received.has('O1'));
    expect(JSON.parse(orders.received.get('O1')?.[0]?.value ?? '').records[0]).toMatchObject({
      values: { number: '7', customer: reference },
      lines: { SalesOrderLine: [{ key: 'L1', values: { lineNumber: 1, description: 'Bolts' } }] },
    });
    const rows = await world.store.reader.all("select entity, after from change_row where entity like 'source:%'");
    expect(new Set(rows.map(([entity]) => entity))).toEqual(new Set(['source:erp.partner', 'source:erp.order']));
    expect(JSON.stringify(rows)).not.toContain('tok_');
    const changes = await world.follow('changes', [world.topic('changes')]);
    const golden = { changes: async () => (await world.changes()).filter(({ entity }) => entity === 'Customer') };
    await allArrived(golden, changes);
  });
}

describeEachStore('source topics of the embedded log', (newPlace) => contract(newPlace, () => undefined));

describeKafka('source topics of Kafka', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka();
  }, INSTALLED_WITHIN_MS);
  afterAll(() => cluster?.stop());

  describe('are the same', () => contract(sqlitePlaces(), () => cluster.brokers));
});
