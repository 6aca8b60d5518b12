import assert from 'node:assert/strict';
import type { Connection } from '#connections';
import { hasCode, isIsthmusError, type Manifest, type StreamManifest } from '#sdk';
import type { Misbehaviour } from '#sdk/testing';
import type { ConformanceCase, StreamCases } from './case.ts';
import {
  ask,
  changesPages,
  firstRecords,
  keysOf,
  NotProven,
  type Subject,
  snapshotOf,
  snapshotPage,
} from './subject.ts';

interface Trouble {
  readonly name: string;
  readonly misbehaviour: Misbehaviour;
  /** Whether one such answer is got over without anybody noticing; else a named error may come of it. */
  readonly isGotOver: boolean;
}

const TROUBLES: readonly Trouble[] = [
  { name: '401', misbehaviour: { kind: 'status', status: 401, times: 1 }, isGotOver: false },
  { name: '429', misbehaviour: { kind: 'status', status: 429, retryAfter: 0, times: 1 }, isGotOver: true },
  { name: '500', misbehaviour: { kind: 'status', status: 500, times: 1 }, isGotOver: false },
  { name: '503', misbehaviour: { kind: 'status', status: 503, times: 1 }, isGotOver: true },
  { name: 'a page of HTML', misbehaviour: { kind: 'html', times: 1 }, isGotOver: false },
  { name: 'half an answer', misbehaviour: { kind: 'truncate', times: 1 }, isGotOver: true },
  { name: 'a cut connection', misbehaviour: { kind: 'reset', times: 1 }, isGotOver: true },
];

/** A connector may fail in these words only; anything else is a defect that nobody can act on. */
const NAMED = ['TRANSIENT', 'RATE_LIMITED', 'CREDENTIAL', 'CONTRACT', 'CONFIG', 'REJECTED_RECORD'] as const;

type Read = (connection: Connection) => Promise<readonly string[]>;

interface Reading {
  readonly ability: string;
  /** What is needed to read some records in the same way again and again. */
  prepare(connection: Connection, subject: Subject): Promise<Read>;
}

/** What streams of one connector have in common is proven on the first that has the ability; of the others, these. */
const SAMPLE: readonly string[] = ['401', 'half an answer'];

export function troubleCases(streams: Manifest['streams']): readonly ConformanceCase[] {
  const met = new Set<string>();
  return Object.entries(streams).flatMap(([stream, manifest]) =>
    readingsOf(stream, manifest).flatMap((reading) => {
      const { ability } = reading;
      const troubles = met.has(ability) ? TROUBLES.filter(({ name }) => SAMPLE.includes(name)) : TROUBLES;
      met.add(ability);
      return troubles.map((trouble) => ({
        name: `${stream}: ${ability} stays right through ${trouble.name}`,
        run: (subject: Subject) => throughTrouble(subject, stream, reading, trouble),
      }));
    }),
  );
}

function readingsOf(stream: string, manifest: StreamManifest): readonly Reading[] {
  const hasRecords = manifest.snapshot !== undefined;
  return [
    ...(hasRecords ? [snapshotReading(stream)] : []),
    ...(manifest.changes?.by === 'stamp' ? [stampReading(stream)] : []),
    ...(manifest.changes?.by === 'token' && hasRecords ? [tokenReading(stream)] : []),
    ...(manifest.lookup !== undefined && hasRecords ? [lookupReading(stream)] : []),
    ...(manifest.listIds !== undefined ? [idsReading(stream)] : []),
  ];
}

const snapshotReading = (stream: string): Reading => ({
  ability: 'snapshot',
  prepare: async () => async (connection) =>
    keysOf(connection, stream, (await snapshotPage(connection, stream)).records),
});

const changedKeys = async (connection: Connection, stream: string, after: Parameters<typeof changesPages>[2]) => {
  const pages = await changesPages(connection, stream, after);
  return pages.flatMap(({ records }) => keysOf(connection, stream, records)).sort();
};

/** What changed last, not what ever did. */
const FEW = 3;

const stampReading = (stream: string): Reading => ({
  ability: 'changes',
  prepare: async (connection) => {
    const pages = await changesPages(connection, stream, { since: 0 });
    const stamps = pages.flatMap(({ records }) => records.map(({ changedAt }) => changedAt!));
    const since = stamps.sort((left, right) => right - left)[FEW - 1] ?? 0;
    return (again) => changedKeys(again, stream, { since });
  },
});

const tokenReading = (stream: string): Reading => ({
  ability: 'changes',
  prepare: async (connection, subject) => {
    const edit = subject.hand(stream, 'edit');
    const token = await ask(connection, stream, (abilities, http) => abilities.latestToken(http));
    const records = await firstRecords(connection, stream, FEW);
    for (const key of keysOf(connection, stream, records)) await edit(key);
    return (again) => changedKeys(again, stream, { token });
  },
});

const lookupReading = (stream: string): Reading => ({
  ability: 'lookup',
  prepare: async (connection) => {
    const { manifest } = connection.stream(stream);
    const most = Math.min(manifest.lookup!.maxBatch, FEW - 1);
    const keys = keysOf(connection, stream, await firstRecords(connection, stream, most));
    return async (again) => {
      const found = await ask(again, stream, (abilities, http) => abilities.lookup({ keys, select: [] }, http));
      return [...keysOf(again, stream, found)].sort();
    };
  },
});

const idsReading = (stream: string): Reading => ({
  ability: 'listIds',
  prepare: async () => async (connection) =>
    (await ask(connection, stream, (abilities, http) => abilities.listIds({}, http))).keys,
});

interface Witness {
  readonly connection: Connection;
  readonly read: Read;
  readonly expected: readonly string[];
}

/** All troubles of one reading meet one session, one after the other. */
async function throughTrouble(subject: Subject, stream: string, reading: Reading, trouble: Trouble): Promise<void> {
  const begin = async (connection: Connection): Promise<Witness> => {
    const read = await reading.prepare(connection, subject);
    return { connection, read, expected: await read(connection) };
  };
  const { connection, read, expected } = await subject.shared(`${stream} ${reading.ability}`, begin);
  if (expected.length === 0) throw new NotProven(`${stream} has no records`);
  const struck = subject.between.misbehave(trouble.misbehaviour);
  const error = await read(connection).then(
    (answer) => void assert.deepEqual(answer, expected, `after ${trouble.name} the answer is another`),
    (thrown: unknown) => thrown ?? new Error('nothing was thrown'),
  );
  assert.ok(struck.struck > 0, 'the connector never asked the system');
  subject.between.behave();
  if (error !== undefined) {
    assert.ok(!trouble.isGotOver, `one ${trouble.name} was not got over: ${String(error)}`);
    assert.ok(isIsthmusError(error) && hasCode(error, ...NAMED), `no error of the SDK: ${String(error)}`);
    for (const secret of subject.system.secrets) {
      assert.ok(!error.message.includes(secret), 'a secret is in the error');
    }
    await connection.check();
  }
  assert.deepEqual(await read(connection), expected, `${trouble.name} has a lasting effect`);
}

/** Reads that a whole snapshot is made of, through a server that cuts every third answer. */
export const lossyCases: StreamCases = (stream, manifest) =>
  manifest.snapshot === undefined
    ? []
    : [
        {
          name: `${stream}: a snapshot through a bad line has each record once`,
          run: async (subject) => {
            const whole = subject.usual();
            const expected = [...keysOf(whole, stream, await snapshotOf(whole, stream))].sort();
            const connection = subject.usual({ smallPages: true });
            // The session is there before the line is bad.
            await snapshotPage(connection, stream);
            for (const after of [0, 2, 4]) subject.between.misbehave({ kind: 'reset', after, times: 1 });
            const keys = keysOf(connection, stream, await snapshotOf(connection, stream));
            assert.deepEqual([...keys].sort(), expected);
          },
        },
      ];
