import { afterEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Connections, openConnections } from '#connections';
import { defineConnector, type Manifest, type SourceRecord, TransientError } from '#sdk';
import { until } from '../../tests/support/until.ts';
import { HintReader } from './hint-reader.ts';
import type { LiveObservation } from './live-queue.ts';

const stream = { title: 'Items', entities: ['Product'], version: 'none' } as const;
const manifest = {
  id: 'test',
  title: 'Test',
  category: 'other',
  versions: ['1'],
  maturity: 'experimental',
  limits: { concurrency: 2 },
  streams: {
    items: { ...stream, snapshot: { pageSize: 10 }, lookup: { maxBatch: 3 } },
    unread: { ...stream, snapshot: { pageSize: 10 } },
  },
} as const satisfies Manifest;

type Lookup = (keys: readonly string[]) => Promise<readonly SourceRecord[]>;

let connections: Connections;
let reader: HintReader;
afterEach(async () => {
  await reader.stop();
  await connections.close();
});

function open(lookup: Lookup) {
  const page = async () => ({ records: [] });
  const connector = defineConnector({
    manifest,
    config: z.object({}),
    protocol: { baseUrl: () => 'http://127.0.0.1:1' },
    connect: () => ({
      check: async () => ({ status: 'ok', product: 'Test' }),
      streams: {
        items: {
          map: () => [],
          normalizeKey: (key) => key.toLowerCase(),
          snapshot: page,
          lookup: (request: { readonly keys: readonly string[] }) => lookup(request.keys),
        },
        unread: { map: () => [], snapshot: page },
      },
    }),
  });
  connections = openConnections({ crm: connector({}) });
  const seen = { stored: [] as LiveObservation[], lookedThrough: [] as string[], errors: [] as unknown[] };
  reader = new HintReader({
    connections,
    store: (records) => seen.stored.push(...records),
    lookThrough: (connection, name) => seen.lookedThrough.push(`${connection}.${name}`),
    onError: (error) => seen.errors.push(error),
  });
  return seen;
}
const found = (keys: readonly string[]) => keys.map((key) => ({ key, source: {} }));
const hints = (...keys: readonly string[]) => keys.map((key) => ({ stream: 'items', key }));

describe('what pushes hint at', () => {
  test('is read once for all that was said in one breath, in batches', async () => {
    const asked: (readonly string[])[] = [];
    const seen = open(async (keys) => {
      asked.push(keys);
      return found(keys);
    });
    for (let time = 0; time < 250; time++) reader.take('crm', hints('a', 'B', 'b', 'c', 'd'));
    await until('all to be read', () => reader.counts.read === 4);
    expect(asked.map(({ length }) => length)).toEqual([3, 1]);
    expect(asked.flat().sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(seen.stored.map(({ record }) => record.key).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(reader.counts).toEqual({ received: 1250, coalesced: 1246, dropped: 0, read: 4, missing: 0 });
  });

  test('is read again when it is said while it is being read', async () => {
    let answers = 0;
    let answer = () => {};
    open(async (keys) => {
      answers += 1;
      if (answers === 1) {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
      }
      return found(keys);
    });
    reader.take('crm', hints('a'));
    await until('the first read to begin', () => answers === 1);
    reader.take('crm', hints('a'));
    answer();
    await until('the second read', () => answers === 2);
  });

  test('is looked for in the stream when it is not there, or cannot be read by key', async () => {
    const seen = open(async (keys) => found(keys.filter((key) => key !== 'gone')));
    reader.take('crm', hints('gone', 'there'));
    await until('the read', () => reader.counts.missing === 1);
    expect(seen.stored.map(({ record }) => record.key)).toEqual(['there']);
    expect(seen.lookedThrough).toEqual(['crm.items']);
    reader.take('crm', [{ stream: 'unread', key: 'x' }]);
    expect(seen.lookedThrough).toEqual(['crm.items', 'crm.unread']);
  });

  test('is asked for again when the system fails for a moment', async () => {
    let attempts = 0;
    const seen = open(async (keys) => {
      attempts += 1;
      if (attempts === 1) throw new TransientError('down', { details: { connection: 'crm' } });
      return found(keys);
    });
    reader.take('crm', hints('a'));
    await until('the read', () => reader.counts.read === 1);
    expect(attempts).toBe(2);
    expect(seen.errors).toEqual([]);
  });

  test('is dropped when too much waits, and of what is not known', async () => {
    let answer = () => {};
    const isAsked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    open(async (keys) => {
      await isAsked;
      return found(keys);
    });
    const many = Array.from({ length: 6_000 }, (_, index) => `k${index}`);
    reader.take('crm', hints(...many));
    expect(reader.counts.dropped).toBe(1_000);
    reader.take('erp', hints('a'));
    reader.take('crm', [{ stream: 'nothing', key: 'a' }]);
    expect(reader.counts.received).toBe(6_000);
    answer();
  });
});
