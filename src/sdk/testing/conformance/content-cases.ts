import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import type { Connection } from '#connections';
import { type Content, hasCode } from '#sdk';
import type { StreamCases } from './case.ts';
import { ask, type Subject } from './subject.ts';

interface Part {
  readonly start: number;
  readonly end?: number;
}

/** Every byte there is, in an order that no part repeats. */
const BYTES = Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7 + Math.floor(at / 256)) % 256));

export const contentCases: StreamCases = (stream, { content }) =>
  content === undefined
    ? []
    : [
        { name: `${stream}: content delivers the very bytes`, run: (subject) => whole(subject, stream) },
        ...(content.range
          ? [{ name: `${stream}: content delivers a part`, run: (subject: Subject) => parts(subject, stream) }]
          : []),
        { name: `${stream}: content that is gone is not found`, run: (subject) => gone(subject, stream) },
      ];

async function whole(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const { bytes, told } = await read(connection, stream, await subject.hand(stream, 'file')(BYTES));
  assert.ok(bytes.equals(BYTES), 'the bytes are others');
  assert.equal(told.range, undefined, 'all was asked for, and a part is told of');
  assert.ok(told.length === undefined || told.length === BYTES.length, `a length of ${told.length} is told`);
  assert.match(told.mimeType, /^[\w.+-]+\/[\w.+-]+/);
}

async function parts(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const key = await subject.hand(stream, 'file')(BYTES);
  const last = BYTES.length - 1;
  for (const range of [{ start: 0, end: 0 }, { start: 255, end: 1300 }, { start: last - 4 }]) {
    const end = 'end' in range ? range.end! : last;
    const { bytes, told } = await read(connection, stream, key, range);
    assert.ok(bytes.equals(BYTES.subarray(range.start, end + 1)), `the bytes ${range.start} to ${end} are others`);
    assert.deepEqual({ ...told.range, total: BYTES.length }, { start: range.start, end, total: BYTES.length });
  }
}

async function gone(subject: Subject, stream: string): Promise<void> {
  const connection = subject.usual();
  const key = await subject.hand(stream, 'file')(BYTES);
  await subject.hand(stream, 'remove')(key);
  for (const asked of [key, subject.hand(stream, 'missingKey')]) {
    await assert.rejects(read(connection, stream, asked), (error) => hasCode(error, 'NOT_FOUND'));
  }
}

function read(
  connection: Connection,
  stream: string,
  key: string,
  range?: Part,
): Promise<{ readonly bytes: Buffer; readonly told: Content }> {
  return ask(connection, stream, async (abilities, http) => {
    const told = await abilities.content({ key, ...(range && { range }) }, http);
    return { bytes: await buffer(told.stream), told };
  });
}
