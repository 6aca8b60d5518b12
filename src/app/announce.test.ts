import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { CaptureEvents } from '#capture';
import { announceTrouble } from './announce.ts';

test('a trouble is told once, its end too, and held deletions with what to do', () => {
  const events = new EventEmitter<CaptureEvents>();
  const lines: string[] = [];
  announceTrouble(events, (line) => lines.push(line));
  const where = { connection: 'erp', stream: 'salesOrder' };
  const fail = (code: string) =>
    events.emit('failed', { ...where, failure: { code, message: 'no answer', retryAt: 0 } });
  const progress = { ...where, phase: 'changes' as const, records: 1 };
  fail('TRANSIENT');
  fail('TRANSIENT');
  fail('CREDENTIAL');
  events.emit('progress', progress);
  events.emit('progress', progress);
  fail('TRANSIENT');
  events.emit('held', { ...where, missing: 30, held: 100, at: 0, isApproved: false });
  expect(lines.slice(0, 4)).toEqual([
    'erp.salesOrder: TRANSIENT: no answer',
    'erp.salesOrder: CREDENTIAL: no answer',
    'erp.salesOrder: goes on',
    'erp.salesOrder: TRANSIENT: no answer',
  ]);
  expect(lines[4]).toMatch(/30 of 100 records.*hubApproveDeletions\(connection: "erp", stream: "salesOrder"\)/);
});
