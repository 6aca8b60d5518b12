import { afterEach, expect, test } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { until } from '../../tests/support/until.ts';
import { calmRequestQueues } from './kafka-request-queue.ts';

const warnings: Error[] = [];
const keep = (warning: Error) => void warnings.push(warning);
process.on('warning', keep);
afterEach(() => {
  process.off('warning', keep);
});

test('a queue is looked after while something waits in it, and left alone before and after', async () => {
  calmRequestQueues();
  const queue = new RequestQueue({
    ...{ maxInFlightRequests: null, requestTimeout: 1000, enforceRequestTimeout: false, clientId: 'test', broker: 'b' },
    ...{ logger: { debug() {}, warn() {} }, instrumentationEmitter: null, isConnected: () => true },
  });
  queue.checkPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();

  const sent: number[] = [];
  const push = (correlationId: number) =>
    queue.push({ entry: { correlationId }, expectResponse: true, sendRequest: () => void sent.push(correlationId) });
  queue.maybeThrottle(20);
  push(1);
  push(2);
  expect(sent).toEqual([]);
  await until('the pause to be over', async () => sent.length === 2);
  expect(sent).toEqual([1, 2]);
  expect(queue.throttleCheckTimeoutId).toBeNull();
  expect(warnings.map(({ name }) => name)).toEqual([]);
});
