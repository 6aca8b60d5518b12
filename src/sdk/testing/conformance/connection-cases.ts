import assert from 'node:assert/strict';
import type { Manifest } from '#sdk';
import type { ConnectionCases } from './case.ts';
import { NotProven, type Subject, snapshotPage } from './subject.ts';

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
  const result = await subject.open().check();
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
  const connection = subject.open({ limits: { concurrency: most } });
  await snapshotPage(connection, stream);
  subject.between.forgetBusiest();
  subject.between.misbehave({ kind: 'slow', delayMs: 30 });
  await Promise.all(Array.from({ length: 6 }, () => snapshotPage(connection, stream)));
  assert.ok(subject.between.busiest <= most, `${subject.between.busiest} calls at once, ${most} are allowed`);
}

async function rate(subject: Subject, manifest: Manifest): Promise<void> {
  const stream = anySnapshot(manifest);
  const perSecond = 8;
  const connection = subject.open({ limits: { requestsPerSecond: perSecond } });
  subject.between.journal.reset();
  await Promise.all(Array.from({ length: 14 }, () => snapshotPage(connection, stream)));
  const times = subject.between.journal.entries().map(({ at }) => at);
  // Calls leave on time and may arrive late, so the window is a little shorter than a second.
  const fullest = Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + 900).length));
  assert.ok(fullest <= perSecond, `${fullest} calls within a second, ${perSecond} are allowed`);
}

async function discover(subject: Subject): Promise<void> {
  const connection = subject.open();
  const types = await connection.discover();
  assert.ok(types.length > 0, 'no type was found');
  for (const { name, fields } of types) assert.ok(fields.length > 0, `${name} has no fields`);
  const streams = new Set(connection.streams.map((stream) => stream.name));
  const named = types.flatMap(({ stream }) => (stream === undefined ? [] : [stream]));
  assert.ok(named.length > 0, 'no type says which stream reads it');
  for (const stream of named) assert.ok(streams.has(stream), `a type names the stream ${stream}, which is not there`);
}
