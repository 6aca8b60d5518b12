import { expect, test } from '@jest/globals';
import { GoneError, hasCode } from '#sdk';
import { answerCall, type CallMessage, CallsUnderWay, type EngineCalls } from './engine-calls.ts';

const engine = {
  approveDeletions: async (connection: string, stream: string) => {
    if (connection === 'broken') throw new TypeError('not so');
    if (connection === 'gone') throw new GoneError('too late', { details: { oldest: '2026-01-01' } });
    return stream === 'held';
  },
} as unknown as EngineCalls;

/** Both sides, with what a message can carry between them. */
function connected() {
  const underWay: CallsUnderWay = new CallsUnderWay(async (message) => {
    underWay.settle(structuredClone(await answerCall(engine, structuredClone(message))));
  });
  return underWay;
}

test('each call gets its own answer', async () => {
  const { calls } = connected();
  expect(await Promise.all([calls.approveDeletions('erp', 'held'), calls.approveDeletions('erp', 'other')])).toEqual([
    true,
    false,
  ]);
});

test('an error arrives as what it was', async () => {
  const { calls } = connected();
  await expect(calls.approveDeletions('broken', '')).rejects.toThrow('not so');
  const error = await calls.approveDeletions('gone', '').catch((caught: unknown) => caught);
  expect(hasCode(error, 'GONE') && [error.message, error.details]).toEqual(['too late', { oldest: '2026-01-01' }]);
});

test('what is under way when nobody can answer any more is rejected, and so is what is asked later', async () => {
  const sent: CallMessage[] = [];
  const underWay = new CallsUnderWay((message) => sent.push(message));
  const waiting = underWay.calls.approveDeletions('erp', 'held');
  underWay.end(new Error('The thread ended.'));
  await expect(waiting).rejects.toThrow('The thread ended.');
  await expect(underWay.calls.approveDeletions('erp', 'held')).rejects.toThrow('The thread ended.');
  expect(sent).toHaveLength(1);
});
