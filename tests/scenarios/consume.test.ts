/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApolloServer } from '@apollo/server';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import {
  type ChangeEvent,
  type Consumer,
  type ConsumerNotice,
  consume,
  embedded,
  fileLedger,
  hub,
  type Ledger,
  type Source,
  type StateEvent,
} from '#consume';
import { createEnvelope, openTopicLog, type Placement, pruneChanges, startPlacement, type TopicLog } from '#events';
import { createContentLinks, type HttpServer, startHttpServer } from '#server';
import { startExample } from '../support/example-process.ts';
import { until } from '../support/until.ts';
import { describeEachStore, type NewPlace, sqlitePlaces } from '../systems/postgres/index.ts';
import { committed, customer, openTopics, type TopicsWorld } from './topics-world.ts';

const folders: string[] = [];
/** What a test opened; closed after it, the last first. */
const opened: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-consumer-'));
  folders.push(folder);
  return join(folder, 'ledger.jsonl');
}

interface Served extends TopicsWorld {
  readonly prefix: string;
  readonly log: TopicLog;
  readonly url: string;
  /** As a hub that is restarted on the same port, with the log that is handed in. */
  restart(log?: TopicLog): Promise<void>;
  down(): Promise<void>;
}

/** A hub's writing side, and its log over HTTP. */
async function serve(newPlace: NewPlace): Promise<Served> {
  const prefix = `t${randomUUID()}`;
  const world = await openTopics(await newPlace(), { prefix });
  const { store } = world;
  const log = openTopicLog(store, createEnvelope(store.layout.model, store.incarnation, { prefix, personal: {} }));
  const placement: Placement = startPlacement(store, (error) => void world.errors.push(error), 20);
  const apollo = new ApolloServer({ typeDefs: 'type Query { greeting: String }' });
  await apollo.start();
  const open = (topicLog: TopicLog, port: number): Promise<HttpServer> =>
    startHttpServer({
      ...{ host: '127.0.0.1', port, allowedHosts: [], maxBodyBytes: 1000, apollo, queries: [], topicLog },
      links: createContentLinks(),
      notReady: () => undefined,
      readContent: () => Promise.reject(new Error('there is no content')),
    });
  let server = await open(log, 0);
  const { url, port } = server;
  opened.push(async () => {
    await server.close();
    await apollo.stop();
    await placement.stop();
  });
  return {
    ...world,
    ...{ prefix, log, url },
    down: () => server.close(),
    async restart(next = log) {
      await server.close();
      server = await open(next, port);
    },
  };
}

async function openLedger(file: string): Promise<Ledger<undefined>> {
  const ledger = await fileLedger(file);
  opened.push(() => ledger.close?.());
  return ledger;
}

interface Told {
  readonly consumer: Consumer;
  readonly effects: ReadonlyMap<string, number[]>;
  readonly last: ReadonlyMap<string, ChangeEvent<'Customer'> | StateEvent<'Customer'>>;
  readonly notices: readonly ConsumerNotice[];
}

async function start(
  prefix: string,
  source: Source,
  ledger: Ledger<undefined>,
  of: 'changes' | 'state' = 'changes',
): Promise<Told> {
  const effects = new Map<string, number[]>();
  const last = new Map<string, ChangeEvent<'Customer'> | StateEvent<'Customer'>>();
  const notices: ConsumerNotice[] = [];
  const consumer = await consume({
    ...{ source, prefix, of, ledger, entities: ['Customer'] as const },
    longestWaitMs: 100,
    onNotice: (notice) => notices.push(notice),
    handle(event) {
      effects.set(event.key, [...(effects.get(event.key) ?? []), event.sequence]);
      last.set(event.key, event);
    },
  });
  opened.push(() => consumer.stop());
  return { consumer, effects, last, notices };
}

/** Each change once, in its order. */
async function allOnce(world: TopicsWorld, ...parts: readonly Pick<Told, 'effects'>[]): Promise<void> {
  const expected = Object.fromEntries(await committed(world));
  const done = () => {
    const joined: Record<string, number[]> = {};
    for (const { effects } of parts) {
      for (const [key, sequences] of effects) joined[key] = [...(joined[key] ?? []), ...sequences];
    }
    return joined;
  };
  const count = (all: Record<string, readonly number[]>) => Object.values(all).flat().length;
  await until('all effects', () => count(done()) >= count(expected), 30_000);
  expect(done()).toEqual(expected);
}

const page = (version: number, keys = 20) =>
  Array.from({ length: keys }, (_, index) => ({
    key: String(index),
    version,
    mapped: [customer({ number: String(index), name: `Name ${version}` })],
  }));

function contract(newPlace: NewPlace, sourceOf: (world: Served) => Source) {
  test('each change takes effect once, also after a restart of the consumer', async () => {
    const world = await serve(newPlace);
    const file = await newFile();
    const ledger = await fileLedger(file);
    await world.see('erp', 'partner', ...page(1));
    const first = await start(world.prefix, sourceOf(world), ledger);
    await world.see('erp', 'partner', ...page(2));
    await allOnce(world, first);
    await first.consumer.stop();
    await ledger.close?.();
    await world.see('erp', 'partner', ...page(3));
    const second = await start(world.prefix, sourceOf(world), await openLedger(file));
    await allOnce(world, first, second);
    const id = (await world.id('erp', 'partner', '7')) ?? '';
    expect(second.last.get(id)).toMatchObject({
      ...{ kind: 'change', entity: 'Customer', op: 'update', sequence: 3, origin: 'erp' },
      ...{ incarnation: world.store.incarnation, before: { name: 'Name 2' }, after: { id, name: 'Name 3' } },
    });
  });

  test('states are the records as they are, and nothing where one is gone', async () => {
    const world = await serve(newPlace);
    await world.see('erp', 'partner', ...page(1, 3));
    await world.see('erp', 'partner', { key: '1', version: 2, deleted: true });
    const [gone, kept] = [await world.id('erp', 'partner', '1'), await world.id('erp', 'partner', '2')];
    const told = await start(world.prefix, sourceOf(world), await openLedger(await newFile()), 'state');
    await until('the states', () => told.last.size === 3 && told.last.get(gone ?? '')?.sequence === 2);
    expect(told.last.get(gone ?? '')).toMatchObject({ kind: 'state', value: null });
    expect(told.last.get(kept ?? '')).toMatchObject({ kind: 'state', value: { id: kept, name: 'Name 1' } });
  });
}

describeEachStore('consuming', (newPlace) => {
  describe('inside of the hub', () =>
    contract(newPlace, ({ transport }) => embedded({ transport, group: 'consumer' })));
  describe('over HTTP', () => contract(newPlace, ({ url }) => hub({ url, waitSeconds: 1 })));

  test('a hub that is away is waited for', async () => {
    const world = await serve(newPlace);
    const ledger = await openLedger(await newFile());
    const told = await start(world.prefix, hub({ url: world.url, waitSeconds: 1 }), ledger);
    await world.see('erp', 'partner', ...page(1));
    await world.down();
    await world.see('erp', 'partner', ...page(2));
    await until('some trouble', () => told.notices.some(({ kind }) => kind === 'trouble'));
    await world.restart();
    await allOnce(world, told);
  });

  test('what is no longer kept is told with its date, and never jumped over', async () => {
    const world = await serve(newPlace);
    const file = await newFile();
    const source = hub({ url: world.url, waitSeconds: 1 });
    const ledger = await openLedger(file);
    await world.see('erp', 'partner', ...page(1, 1));
    const first = await start(world.prefix, source, ledger);
    await allOnce(world, first);
    await first.consumer.stop();
    await world.see('erp', 'partner', ...page(2, 1));
    const placed = (offset: number) =>
      until('its place', async () => {
        const rows = await world.store.reader.all(`select 1 from change_row where "offset" = ${offset}`);
        return rows.length > 0;
      });
    await placed(1);
    await pruneChanges(world.store, world.store.clock() + 1);
    await world.see('erp', 'partner', ...page(3, 1));
    await placed(2);
    const late = await start(world.prefix, source, ledger);
    await expect(late.consumer.failed).rejects.toMatchObject({
      code: 'GONE',
      message: expect.stringMatching(/20\d\d-/),
    });
    expect(late.effects.size).toBe(0);
    await late.consumer.stop();
    await ledger.beginAnew();
    const anew = await start(world.prefix, source, ledger);
    await until('what is kept', () => anew.effects.size === 1);
    expect([...anew.effects.values()]).toEqual([[3]]);
    await until('the gap is told', () => anew.consumer.stats().gaps === 1);
  });

  test('after a restore of the hub offsets of before are refused', async () => {
    const world = await serve(newPlace);
    const ledger = await openLedger(await newFile());
    await world.see('erp', 'partner', ...page(1, 4));
    const told = await start(world.prefix, hub({ url: world.url, waitSeconds: 1 }), ledger);
    await allOnce(world, told);
    await world.restart({ ...world.log, incarnation: 'restored' });
    await expect(told.consumer.failed).rejects.toMatchObject({
      code: 'GONE',
      message: expect.stringMatching(/restored/),
    });
  });

  test('the log answers anybody in CloudEvents, and names what is asked wrongly', async () => {
    const world = await serve(newPlace);
    await world.see('erp', 'partner', ...page(1, 1));
    const topic = world.topic('changes');
    const listed = (await (await fetch(`${world.url}/topics`)).json()) as Record<string, unknown>;
    expect(listed).toMatchObject({ incarnation: world.store.incarnation });
    expect(listed.topics).toContainEqual({ name: topic, partitions: 12 });
    const pages = await Promise.all(
      Array.from({ length: 12 }, async (_, partition) => {
        const response = await fetch(`${world.url}/topics/${topic}/partitions/${partition}?from=0&wait=1`);
        expect(response.headers.get('content-type')).toMatch(/^application\/cloudevents-batch\+json/);
        return (await response.json()) as readonly Record<string, unknown>[];
      }),
    );
    const id = await world.id('erp', 'partner', '0');
    expect(pages.flat()).toEqual([
      expect.objectContaining({
        ...{ specversion: '1.0', id: `${world.store.incarnation}:${id}:1`, type: 'isthmus.Customer.changed.v1' },
        ...{ subject: id, partitionkey: id, offset: 0, datacontenttype: 'application/json', origin: 'erp' },
        data: expect.objectContaining({
          op: 'create',
          after: expect.objectContaining({ id, number: '0', name: 'Name 1' }),
        }),
      }),
    ]);
    for (const [path, status, code] of [
      ['/topics/none/partitions/0', 404, 'NOT_FOUND'],
      [`/topics/${topic}/partitions/12`, 404, 'NOT_FOUND'],
      [`/topics/${topic}`, 404, 'NOT_FOUND'],
      [`/topics/${topic}/partitions/0?from=-1`, 400, 'BAD_REQUEST'],
      [`/topics/${topic}/partitions/0?limit=0`, 400, 'BAD_REQUEST'],
      [`/topics/${topic}/partitions/0?wait=3600`, 400, 'BAD_REQUEST'],
      [`/topics/${topic}/partitions/0?from=7`, 410, 'GONE'],
      [`/topics/${topic}/partitions/0?from=0&incarnation=other`, 410, 'GONE'],
    ] as const) {
      const response = await fetch(world.url + path);
      expect([path, response.status]).toEqual([path, status]);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
    }
    const posted = await fetch(`${world.url}/topics`, { method: 'POST' });
    expect(posted.status).toBe(405);
  });
});

describe('the example without a broker', () => {
  const newPlace = sqlitePlaces();
  test('prints what changes, and goes on where it stood', async () => {
    const world = await serve(newPlace);
    const file = await newFile();
    const env = { HUB_URL: world.url, LEDGER: file, PREFIX: world.prefix };
    // The test's model has no products; the example is read with what it asks for.
    const product = { name: `${world.prefix}.changes.Product`, partitions: 0 };
    await world.restart({ ...world.log, topics: [...world.log.topics, product] });
    await world.see('erp', 'partner', ...page(1, 1));
    const id = (await world.id('erp', 'partner', '0')) ?? '';
    const first = startExample('consume-http/service.ts', env);
    opened.push(async () => first.signal('SIGKILL'));
    await first.printed(new RegExp(`Customer ${id} 1 create Name 1 0`));
    // The effect comes first, then the line in the file.
    await until('the position', async () => (await readFile(file, 'utf8')).includes(id));
    first.signal('SIGKILL');
    await first.ended;
    await world.see('erp', 'partner', ...page(2, 1));
    const second = startExample('consume-http/service.ts', env);
    opened.push(async () => second.signal('SIGKILL'));
    await second.printed(new RegExp(`Customer ${id} 2 update Name 2 0`));
    expect(second.output()).not.toMatch(/create/);
    second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0 });
  });
});
