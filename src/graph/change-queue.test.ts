import { describe, expect, test } from '@jest/globals';
import type { LogEvent } from '#events';
import { ChangeQueue } from './change-queue.ts';

const event = (offset: number, bytes = 1) => ({ after: [offset], bytes }) as unknown as LogEvent;

function queue(limits = { maxBufferedEvents: 4, maxBufferedBytes: 100 }) {
  let ends = 0;
  const made = new ChangeQueue(limits, [0], () => {
    ends += 1;
  });
  return { made, ends: () => ends };
}

describe('what waits for a subscriber', () => {
  test('is handed over in order, also to one who waits for it', async () => {
    const { made } = queue();
    const waiting = made.next();
    made.add(event(1));
    made.add(event(2));
    expect((await waiting).value).toEqual(event(1));
    expect((await made.next()).value).toEqual(event(2));
    expect(made.position).toEqual([2]);
  });

  test('is bounded in number and in bytes, and has room once half of it is gone', async () => {
    const { made } = queue();
    for (let at = 1; at <= 4; at++) made.add(event(at));
    expect(made.isFull).toBe(true);
    const room = made.room(10_000);
    await made.next();
    expect(made.isFull).toBe(false);
    await made.next();
    expect(await room).toBe(true);
    made.add(event(5, 98));
    expect(made.isFull).toBe(true);
    expect(await made.room(1)).toBe(false);
  });

  test('is told before the error that ends it, or forgotten when it is dropped', async () => {
    const failed = queue();
    failed.made.add(event(1));
    failed.made.fail(new Error('gone'));
    failed.made.add(event(2));
    expect((await failed.made.next()).value).toEqual(event(1));
    await expect(failed.made.next()).rejects.toThrow('gone');
    expect(await failed.made.next()).toEqual({ done: true, value: undefined });
    const dropped = queue();
    dropped.made.add(event(1));
    dropped.made.drop(new Error('slow'));
    await expect(dropped.made.next()).rejects.toThrow('slow');
    expect([failed.ends(), dropped.ends(), dropped.made.position]).toEqual([1, 1, [0]]);
  });

  test('ends at once for one who leaves while waiting', async () => {
    const { made, ends } = queue();
    const waiting = made.next();
    await made.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await made.room(10_000)).toBe(false);
    expect(ends()).toBe(1);
  });
});
