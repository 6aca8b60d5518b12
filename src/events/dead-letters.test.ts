import { expect, test } from '@jest/globals';
import { type CloudEvent, Kafka } from 'cloudevents';
import { deadLetter } from './dead-letters.ts';

const refusal = {
  topic: 'acme.changes.Customer',
  partition: 3,
  code: 'REJECTED_RECORD',
  reason: 'too  large — really',
};
const message = (value: string) => ({
  key: '01JD',
  value,
  headers: {
    ce_id: 'inc:01JD:7',
    ce_type: 'isthmus.Customer.changed.v1',
    ce_sequence: '0000000000000007',
    ce_time: '2026-11-22T10:00:00.000Z',
  },
});

test('a dead letter is a CloudEvent that says what was refused, where and why', () => {
  const { key, value, headers } = deadLetter('acme', message('{"op":"create"}'), refusal, 0);
  const event = Kafka.toEvent({ key, value, headers, body: value } as never) as CloudEvent<unknown>;
  expect(event.validate()).toBe(true);
  expect(event).toMatchObject({
    type: 'isthmus.dead-letter.v1',
    source: '/isthmus/acme/dead-letters',
    subject: '01JD',
    originaltopic: 'acme.changes.Customer',
    originalpartition: '3',
    originalid: 'inc:01JD:7',
    code: 'REJECTED_RECORD',
    reason: 'too  large   really',
    data: { op: 'create' },
  });
  expect(deadLetter('acme', message('{"op":"create"}'), refusal, 0).headers.ce_id).toBe(event.id);
  expect(deadLetter('acme', message('{}'), { ...refusal, topic: 'other' }, 0).headers.ce_id).not.toBe(event.id);
});

test('a value that even dead letters might refuse stays where it is', () => {
  const large = deadLetter('acme', message('ü'.repeat(460_000)), refusal, 0);
  expect(large).toMatchObject({ value: null, headers: { ce_reference: 'true' } });
  expect(deadLetter('acme', message('u'.repeat(460_000)), refusal, 0).value).not.toBeNull();
  expect(deadLetter('acme', message('{}'), refusal, 0, false)).toMatchObject({
    value: null,
    headers: { ce_reference: 'true' },
  });
});
