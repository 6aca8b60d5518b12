import assert from 'node:assert/strict';
import type { Manifest } from '#sdk';
import type { ConnectionCases } from './case.ts';
import { NotProven, type Subject, snapshotPage } from './subject.ts';

/** The calls of the session that was opened before may fill a part of the first second. */
const EARLIER_MS = 50;
const NOBODY = 'http://127.0.0.1:9';

export const connectionCases: ConnectionCases = (manifest) => [
  { name: 'check finds the system and names its product', run: checkIsOk },
  { name: 'check says that nobody is there', run: nobodyThere },
  { name: 'no more calls are under way than the limits allow', run: (subject) => concurrency(subject, manifest) },
  { name: 'no more calls are made in a second than the limits allow', run: (subject) => rate(subject, manifest) },
  ...(manifest.discover === true
    ? [{ name: 'discover names types with fields, and streams that exist', run: discover }]
    : []),
];

async function checkIsOk(subject: Subject): Promise<void> {
  const result = await subject.usual().check();
  assert.equal(result.status, 'ok', JSON.stringify(result));
}

async function nobodyThere(subject: Subject): Promise<void> {
  const { origin } = new URL(subject.system.url);
  const result = await subject.open({}, subject.system.url.replace(origin, NOBODY)).check();
  assert.equal(result.status, 'network', JSON.stringify(result));
}

function anySnapshot(manifest: Manifest): string {
  const found = Object.entries(manifest.streams).find(([, stream]) => stream.snapshot !== undefined);
  if (found === undefined) throw new NotProven('no stream has a snapshot');
  return found[0];
}

async function concurrency(subject: Subject, manifest: Manifest): Promise<void> {
  const stream = anySnapshot(manifest);
  const most = Math.min(2, manifest.limits.concurrency);
  const connection = subject.open({ smallPages: true, limits: { concurrency: most } });
  await snapshotPage(connection, stream);
  subject.between.forgetBusiest();
  subject.between.misbehave({ kind: 'slow', delayMs: 30 });
  await Promise.all(Array.from({ length: 6 }, () => snapshotPage(connection, stream)));
  assert.ok(subject.between.busiest <= most, `${subject.between.busiest} calls at once, ${most} are allowed`);
}

async function rate(subject: Subject, manifest: Manifest): Promise<void> {
  const stream = anySnapshot(manifest);
  const perSecond = 5;
  const connection = subject.open({ smallPages: true, limits: { requestsPerSecond: perSecond } });
  await snapshotPage(connection, stream);
  subject.between.journal.reset();
  const began = Date.now();
  await Promise.all(Array.from({ length: 2 * perSecond }, () => snapshotPage(connection, stream)));
  // A busy machine makes calls arrive later, never sooner: the n-th has to leave its second to those before it.
  for (const [index, { at }] of subject.between.journal.entries().entries()) {
    const soonest = began + (Math.ceil((index + 1) / perSecond) - 1) * 1000 - EARLIER_MS;
    assert.ok(
      at >= soonest,
      `call ${index + 1} came ${at - began} ms after the first, ${perSecond} a second are allowed`,
    );
  }
}

async function discover(subject: Subject): Promise<void> {
  const connection = subject.usual();
  const types = await connection.discover();
  assert.ok(types.length > 0, 'no type was found');
  for (const { name, fields } of types) assert.ok(fields.length > 0, `${name} has no fields`);
  const streams = new Set(connection.streams.map((stream) => stream.name));
  const named = types.flatMap(({ stream }) => (stream === undefined ? [] : [stream]));
  assert.ok(named.length > 0, 'no type says which stream reads it');
  for (const stream of named) assert.ok(streams.has(stream), `a type names the stream ${stream}, which is not there`);
}
