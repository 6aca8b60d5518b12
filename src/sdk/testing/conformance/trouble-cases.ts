import assert from 'node:assert/strict';
import type { Connection } from '#connections';
import { hasCode, isIsthmusError, type Manifest, type StreamManifest } from '#sdk';
import type { Misbehaviour } from '#sdk/testing';
import type { ConformanceCase, StreamCases } from './case.ts';
import { ask, changesPages, keysOf, NotProven, type Subject, snapshotOf, snapshotPage } from './subject.ts';

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

/** What streams of one connector have in common is proven on the first that has the ability; of the others, these. */
const SAMPLE: readonly string[] = ['401', 'half an answer'];

export function troubleCases(streams: Manifest['streams']): readonly ConformanceCase[] {
  const met = new Set<string>();
  return Object.entries(streams).flatMap(([stream, manifest]) =>
    readsOf(stream, manifest).flatMap(({ ability, read }) => {
      const troubles = met.has(ability) ? TROUBLES.filter(({ name }) => SAMPLE.includes(name)) : TROUBLES;
      met.add(ability);
      return troubles.map((trouble) => ({
        name: `${stream}: ${ability} stays right through ${trouble.name}`,
        run: (subject: Subject) => throughTrouble(subject, stream, read, trouble),
      }));
    }),
  );
}

function readsOf(
  stream: string,
  manifest: StreamManifest,
): readonly { readonly ability: string; readonly read: Read }[] {
  const reads: { ability: string; read: Read }[] = [];
  if (manifest.snapshot !== undefined) {
    reads.push({
      ability: 'snapshot',
      read: async (connection) => keysOf(connection, stream, (await snapshotPage(connection, stream)).records),
    });
  }
  if (manifest.changes?.by === 'stamp') {
    reads.push({
      ability: 'changes',
      read: async (connection) => {
        const pages = await changesPages(connection, stream, { since: 0 });
        return pages.flatMap(({ records }) => keysOf(connection, stream, records));
      },
    });
  }
  if (manifest.lookup !== undefined && manifest.snapshot !== undefined) {
    reads.push({ ability: 'lookup', read: (connection) => lookUpSome(connection, stream) });
  }
  if (manifest.listIds !== undefined) {
    reads.push({
      ability: 'listIds',
      read: async (connection) =>
        (await ask(connection, stream, (abilities, http) => abilities.listIds({}, http))).keys,
    });
  }
  return reads;
}

const looked = new WeakMap<Connection, readonly string[]>();

/** The keys are read once, before the trouble begins. */
async function lookUpSome(connection: Connection, stream: string): Promise<readonly string[]> {
  const keys =
    looked.get(connection) ?? keysOf(connection, stream, (await snapshotPage(connection, stream)).records).slice(0, 5);
  looked.set(connection, keys);
  const found = await ask(connection, stream, (abilities, http) =>
    abilities.lookup({ keys: keys.slice(0, connection.stream(stream).manifest.lookup!.maxBatch), select: [] }, http),
  );
  return [...keysOf(connection, stream, found)].sort();
}

async function throughTrouble(subject: Subject, stream: string, read: Read, trouble: Trouble): Promise<void> {
  const connection = subject.open();
  const expected = await read(connection);
  if (expected.length === 0) throw new NotProven(`${stream} has no records`);
  const struck = subject.between.misbehave(trouble.misbehaviour);
  try {
    assert.deepEqual(await read(connection), expected, `after ${trouble.name} the answer is another`);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    assert.ok(!trouble.isGotOver, `one ${trouble.name} was not got over: ${String(error)}`);
    assert.ok(isIsthmusError(error) && hasCode(error, ...NAMED), `no error of the SDK: ${String(error)}`);
    for (const secret of subject.system.secrets) {
      assert.ok(!error.message.includes(secret), 'a secret is in the error');
    }
  }
  assert.ok(struck.struck > 0, 'the connector never asked the system');
  subject.between.behave();
  await connection.check();
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
            const expected = [...keysOf(subject.open(), stream, await snapshotOf(subject.open(), stream))].sort();
            const connection = subject.open({ smallPages: true });
            await connection.check();
            for (const after of [0, 2, 4]) subject.between.misbehave({ kind: 'reset', after, times: 1 });
            const keys = keysOf(connection, stream, await snapshotOf(connection, stream));
            assert.deepEqual([...keys].sort(), expected);
          },
        },
      ];
