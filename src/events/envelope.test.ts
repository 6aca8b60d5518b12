import { describe, expect, test } from '@jest/globals';
import { type CloudEvent, Kafka } from 'cloudevents';
import { testModel } from '../../tests/systems/postgres/test-model.ts';
import { createEnvelope, sequenceOf } from './envelope.ts';
import type { StoredChange } from './stored-change.ts';
import type { EventMessage } from './transport.ts';

const model = testModel(`
"""Knows."""
type Person @entity {
  id: ID!
  "Name." name: String @classified(as: PERSONAL)
  "Mail." email: String @classified(as: PERSONAL)
  "City." city: String
}
`);
const change = (more: Partial<StoredChange> = {}): StoredChange => ({
  partition: 3,
  offset: 17,
  entity: 'Customer',
  canonicalId: '01JD',
  sequence: 12,
  op: 'update',
  before: { id: '01JD', name: 'Åkerman', cardToken: 'tok_1' },
  after: { id: '01JD', name: 'Åkerman & Söhne', cardToken: 'tok_2', forgotten: 'x' },
  changed: ['name', 'cardToken'],
  owners: { name: 'erp' },
  origin: 'erp',
  at: Date.parse('2026-11-22T10:00:00.123Z'),
  isReference: false,
  ...more,
});
const envelope = (personal = {}) => createEnvelope(model, 'inc', { prefix: 'acme', personal });

/** As a consumer in this language reads it, by the package that the CloudEvents project publishes. */
function read(message: EventMessage | undefined): CloudEvent<Record<string, unknown>> {
  const { key, value, headers } = message!;
  const event = Kafka.toEvent({ key, value, headers, body: value } as never) as CloudEvent<Record<string, unknown>>;
  return event;
}

describe('a change', () => {
  test('is a CloudEvent in binary mode', () => {
    const event = read(envelope().change(change()));
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({
      id: 'inc:01JD:12',
      source: '/isthmus/acme/changes/Customer',
      type: 'isthmus.Customer.changed.v1',
      specversion: '1.0',
      subject: '01JD',
      time: '2026-11-22T10:00:00.123Z',
      datacontenttype: 'application/json',
      partitionkey: '01JD',
      origin: 'erp',
      sequence: '0000000000000012',
    });
    expect(event.data).toEqual({
      op: 'update',
      before: { id: '01JD', name: 'Åkerman' },
      after: { id: '01JD', name: 'Åkerman & Söhne' },
      changed: ['name'],
      owners: { name: 'erp' },
    });
  });

  test('sorts by its sequence as text and as a number', () => {
    const messages = [9, 10, 101].map((sequence) => envelope().change(change({ sequence }))!);
    const texts = messages.map(({ headers }) => headers.ce_sequence ?? '');
    expect(texts.toSorted()).toEqual(texts);
    expect(messages.map(sequenceOf)).toEqual([9, 10, 101]);
  });

  test('of a merge names the survivor', () => {
    const merged = change({ op: 'merge', otherId: '01AA', after: null, changed: [] });
    expect(read(envelope().change(merged)).data).toMatchObject({ op: 'merge', otherId: '01AA', after: null });
  });

  test('whose values were too large says so', () => {
    const large = read(envelope().change(change({ before: null, after: null, isReference: true })));
    expect(large).toMatchObject({ reference: 'true', subject: '01JD' });
    expect(large.data).toMatchObject({ before: null, after: null, changed: ['name'] });
  });

  test('of an entity that the model no longer has is none', () => {
    expect(envelope().change(change({ entity: 'Gone' }))).toBeUndefined();
  });
});

describe('personal data', () => {
  const person = change({
    entity: 'Person',
    before: null,
    after: { id: '01JD', name: 'Ann', email: 'ann@example.com', city: 'Ulm' },
    changed: ['name', 'email', 'city'],
  });
  const published = (personal: Record<string, readonly string[]>) =>
    read(envelope(personal).change(person)).data?.after;

  test('leaves only where the policy says so', () => {
    expect(published({})).toEqual({ id: '01JD', city: 'Ulm' });
    expect(published({ Person: ['name'] })).toEqual({ id: '01JD', name: 'Ann', city: 'Ulm' });
    expect(published({ Person: ['*'] })).toEqual(person.after);
    expect(read(envelope().change(person)).data?.changed).toEqual(['city']);
  });

  test.each([
    [{ Nobody: ['*'] }, /topics\.personal\.Nobody: the model has no such entity/],
    [{ Person: ['city'] }, /topics\.personal\.Person: Person has no personal field "city"/],
    [{ Customer: ['cardToken'] }, /Customer has no personal field "cardToken"/],
  ])('a policy %j is refused', (personal, message) => {
    expect(() => envelope(personal)).toThrow(message);
  });
});

describe('a state', () => {
  test('is the golden record, without what may not leave', () => {
    const event = read(envelope().state(change()));
    expect(event.data).toEqual({ id: '01JD', name: 'Åkerman & Söhne' });
    expect(event.source).toBe('/isthmus/acme/state/Customer');
  });

  test.each(['delete', 'merge'] as const)('after a %s is a tombstone', (op) => {
    const message = envelope().state(change({ op, after: null }));
    expect(message).toMatchObject({ key: '01JD', value: null });
    expect(message && sequenceOf(message)).toBe(12);
  });

  test('keeps the lines of a document, without what may not leave', () => {
    const lines = [{ id: 'L1', lineNumber: 1, description: 'Bolts', order: '01JD', extra: 1 }];
    const order = change({ entity: 'SalesOrder', after: { id: '01JD', number: '7', lines } });
    expect(read(envelope().state(order)).data).toEqual({
      id: '01JD',
      number: '7',
      lines: [{ id: 'L1', lineNumber: 1, description: 'Bolts', order: '01JD' }],
    });
  });
});

test('topics are named after entities, lines have none', () => {
  expect(envelope().topics.map(({ name }) => name)).toEqual([
    ...['acme.changes.Customer', 'acme.state.Customer', 'acme.changes.SalesOrder', 'acme.state.SalesOrder'],
    ...['acme.changes.Person', 'acme.state.Person'],
  ]);
});
