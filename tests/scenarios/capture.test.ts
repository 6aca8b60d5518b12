import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, test } from '@jest/globals';
import { heldSweeps, type Pace } from '#capture';
import { describeEachStore, type StorePlace } from '../systems/postgres/index.ts';
import { namesOf, type Settings, TestHub, until } from './capture-hub.ts';
import { type Row, seedRows, startTestSystem, type TestSystem, type TestSystemOptions } from './capture-system.ts';

async function expectSame(hub: TestHub, stream: 'items' | 'notes' | 'plain', system: TestSystem): Promise<void> {
  const expected = namesOf(system[stream].select());
  await until(async () => sameMap(await hub.observed(stream), expected), `${stream} being the same`).catch(() => {});
  expect(await hub.observed(stream)).toEqual(expected);
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

describeEachStore('capture', (newPlace) => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function startSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
    const system = await startTestSystem(options);
    closers.push(system.stop);
    return system;
  }

  async function startHub(
    system: TestSystem,
    settings: Settings = {},
    place?: StorePlace,
    pace?: Partial<Pace>,
  ): Promise<TestHub> {
    const hub = await TestHub.start(system.url, settings, place ?? (await newPlace()), pace);
    closers.push(() => hub.stop().catch(() => {}));
    return hub;
  }

  async function start(options: TestSystemOptions = {}, settings: Settings = { streams: ['items'] }) {
    const system = await startSystem(options);
    return { system, hub: await startHub(system, settings) };
  }

  describe('what is read', () => {
    test('reads everything once, then what changes, with one change row for each', async () => {
      const { system, hub } = await start({ items: 120, notes: 60 }, {});
      await hub.caughtUp('items', 'notes', 'plain');
      await expectSame(hub, 'items', system);
      await expectSame(hub, 'notes', system);
      expect(await hub.changeRows()).toBe(180);
      system.items.update('item-00007', { name: 'seven' });
      system.items.insert({ id: 'item-90000', name: 'new', changed: '' });
      system.notes.update('note-00003', { name: 'three' });
      system.notes.delete('note-00004');
      await expectSame(hub, 'items', system);
      await expectSame(hub, 'notes', system);
      expect(await hub.changeRows()).toBe(184);
      expect((await hub.products()).get('item-00007')).toBe('seven');
      expect(hub.errors).toEqual([]);
    });

    test('goes on at the committed page of the snapshot after a restart', async () => {
      const system = await startSystem({ items: 1000 });
      system.misbehave({ kind: 'status', status: 403, match: 'GET /items/all', after: 10 });
      const hub = await startHub(system, { streams: ['items'] });
      await until(() => hub.status('items')?.activity === 'paused');
      await hub.stop();
      system.behave();
      system.journal.reset();
      const again = await startHub(system, { streams: ['items'] }, hub.place);
      await again.caughtUp('items');
      await expectSame(again, 'items', system);
      expect(system.journal.count('GET /items/all')).toBe(11);
      expect(await again.changeRows()).toBe(1000);
    });

    test('begins the snapshot again when the system has forgotten the committed page', async () => {
      const system = await startSystem({ items: 200 });
      const trouble = system.misbehave({ kind: 'status', status: 403, match: 'GET /items/all', after: 2 });
      const hub = await startHub(system, { streams: ['items'] });
      await until(() => hub.status('items')?.activity === 'paused');
      await hub.stop();
      trouble.end();
      system.misbehave({ kind: 'status', status: 404, match: 'GET /items/all\\?after=item-00100', times: 1 });
      const again = await startHub(system, { streams: ['items'] }, hub.place);
      await again.caughtUp('items');
      await expectSame(again, 'items', system);
      expect(await again.changeRows()).toBe(200);
    });

    test('reads little twice after the snapshot, whatever the age of the records', async () => {
      const { system, hub } = await start({ items: 3000 });
      await hub.caughtUp('items');
      expect(system.journal.count('GET /items/changed')).toBeLessThan(40);
    });

    test('sees what changed while the snapshot was read (17: page shift)', async () => {
      const system = await startSystem({ items: 300 });
      const hub = await startHub(system, { streams: ['items'] });
      const shift = (records: number) => {
        if (records !== 100) return;
        system.items.update('item-00001', { name: 'changed behind the snapshot' });
        system.items.insert({ id: 'item-00000', name: 'inserted behind the snapshot', changed: '' });
        system.items.delete('item-00002');
        system.items.delete('item-00299');
      };
      hub.capture.events.on('progress', (progress) => shift(progress.records));
      await hub.caughtUp('items');
      await hub.swept('items');
      await expectSame(hub, 'items', system);
    });

    test('500 rows of one stamp across page edges are all captured, once (15)', async () => {
      const { system, hub } = await start({ items: 10 });
      await hub.caughtUp('items');
      system.store.transaction(() => {
        for (const row of seedRows('tie', 500)) system.items.insert(row);
      });
      await expectSame(hub, 'items', system);
      expect(await hub.changeRows()).toBe(510);
    });

    test.each([-10, 10])('a system clock that is %i minutes off misses nothing (14)', async (minutes) => {
      const system = await startSystem({ items: 20 });
      system.clock.skewBy(minutes * 60_000);
      const hub = await startHub(system, { streams: ['items'] });
      await hub.caughtUp('items');
      for (let n = 1; n <= 5; n++) {
        system.items.update(`item-0000${n}`, { name: `edit ${n}` });
        await expectSame(hub, 'items', system);
      }
    });

    test('a row committed late with an older stamp is caught by the overlap, and beyond it by a sweep (16)', async () => {
      const { system, hub } = await start({ items: 20 });
      await hub.caughtUp('items');
      system.items.update('item-00001', { name: 'newest' });
      await expectSame(hub, 'items', system);
      const late = { id: 'late-1', name: 'late', changed: '' };
      system.items.commitLate([late], { stampedAt: new Date(Date.now() - 2_000) });
      await expectSame(hub, 'items', system);
      system.items.commitLate([{ ...late, id: 'late-2' }], { stampedAt: new Date(Date.now() - 3_600_000) });
      await hub.swept('items');
      await expectSame(hub, 'items', system);
    });

    test('a stamp of whole seconds loses no second edit, and ends no pass late (18)', async () => {
      const { system, hub } = await start({ items: 20, precisionMs: 1000 });
      await hub.caughtUp('items');
      system.clock.freeze(Date.now());
      for (let n = 1; n <= 4; n++) {
        system.items.update('item-00001', { name: `edit ${n}` });
        await expectSame(hub, 'items', system);
      }
      system.journal.reset();
      await hub.drained('items');
      // The same rows are read again in every pass, and stored in none.
      const rows = await hub.changeRows();
      const requests = system.journal.count('GET /items/changed');
      await until(() => system.journal.count('GET /items/changed') > requests + 3);
      expect(await hub.changeRows()).toBe(rows);
      expect(rows).toBe(24);
    });

    test('a stamp in the far future does not make the changes deaf', async () => {
      const { system, hub } = await start({ items: 5 });
      await hub.caughtUp('items');
      system.items.commitLate([{ id: 'far', name: 'far', changed: '' }], { stampedAt: '2999-01-01T00:00:00Z' });
      await expectSame(hub, 'items', system);
      system.items.update('item-00001', { name: 'after' });
      await expectSame(hub, 'items', system);
    });

    test('another mapping reads everything again while changes go on', async () => {
      const system = await startSystem({ items: 120 });
      const hub = await startHub(system, { streams: ['items'] });
      await hub.caughtUp('items');
      await hub.stop();
      const map = (source: Row) => ({ Product: { group: `group of ${source.id}` } });
      const again = await startHub(system, { streams: ['items'], extend: { items: { map } } }, hub.place);
      system.items.update('item-00001', { name: 'meanwhile' });
      const fingerprint = again.connections.get('erp').stream('items').fingerprint;
      await until(async () => (await again.state('items'))?.fingerprint === fingerprint);
      await expectSame(again, 'items', system);
      const filled = await again.store.reader.all(
        `select count(*) from golden_product where "group" like 'group of %'`,
      );
      expect(Number(filled[0]?.[0])).toBe(120);
      expect((await again.state('items'))?.position).toBeNull();
    });

    test('a second reading that failed is begun again after its wait, where no changes are read meanwhile', async () => {
      const system = await startSystem();
      system.plain.seed(seedRows('plain', 120));
      const hub = await startHub(system, { streams: ['plain'] });
      await hub.caughtUp('plain');
      await hub.stop();
      const trouble = system.misbehave({ kind: 'html', match: 'GET /plain/all', times: 1 });
      const map = (source: Row) => ({ Product: { group: `group of ${source.id}` } });
      const again = await startHub(system, { streams: ['plain'], extend: { plain: { map } } }, hub.place);
      const { fingerprint } = again.connections.get('erp').stream('plain');
      await until(async () => (await again.state('plain'))?.fingerprint === fingerprint);
      expect(trouble.struck).toBe(1);
    });

    test('a live observation reaches the store, one of many per key', async () => {
      const { system, hub } = await start({ items: 5 }, { streams: ['items'], pollEvery: 3600 });
      await hub.caughtUp('items');
      system.items.update('item-00002', { name: 'live' });
      const { value, startedAt } = await hub.connections.get('erp').call({ priority: 'interactive' }, (http) => {
        const { lookup } = hub.connections.get('erp').stream('items').abilities;
        return lookup!({ keys: ['item-00002'], select: [] }, http);
      });
      const observation = { connection: 'erp', stream: 'items', record: value[0]!, startedAt };
      hub.capture.enqueueLive([observation, observation, observation]);
      await expectSame(hub, 'items', system);
      expect(await hub.changeRows()).toBe(6);
      expect(hub.capture.status().liveDropped).toBe(0);
    });

    test('an edit right after a live read arrives with the next pass, however long changes may stay invisible', async () => {
      const { system, hub } = await start({ notes: 3 }, { streams: ['notes'] });
      await hub.caughtUp('notes');
      const stream = hub.connections.get('erp').stream('notes');
      const found = await stream.lookupMany(['note-00002']);
      hub.capture.enqueueLive([{ connection: 'erp', stream: 'notes', ...found.get('note-00002')! }]);
      system.notes.update('note-00002', { name: 'edited after the live read' });
      await expectSame(hub, 'notes', system);
    });
  });

  describe('deletions', () => {
    test('a tombstone deletes', async () => {
      const { system, hub } = await start({ notes: 10 }, { streams: ['notes'] });
      await hub.caughtUp('notes');
      system.notes.delete('note-00005');
      await expectSame(hub, 'notes', system);
      expect((await hub.products()).size).toBe(9);
    });

    test('a hard delete is found by a sweep, after a lookup that finds nothing (19)', async () => {
      const { system, hub } = await start({ items: 120 });
      await hub.caughtUp('items');
      system.items.delete('item-00050');
      system.journal.reset();
      await hub.swept('items');
      expect(await hub.observed('items')).toEqual(namesOf(system.items.select()));
      expect(system.journal.count('POST /items/lookup')).toBe(1);
      expect((await hub.products()).has('item-00050')).toBe(false);
    });

    test('what a list leaves out but a lookup still finds is kept', async () => {
      const { system, hub } = await start({ items: 120 });
      await hub.caughtUp('items');
      const body = JSON.stringify({ ids: [...seedRows('item', 115)].map((row) => row.id) });
      const headers = { 'content-type': 'application/json' };
      system.misbehave({ kind: 'status', status: 200, body, headers, match: 'GET /items/ids' });
      await hub.swept('items');
      expect((await hub.observed('items')).size).toBe(120);
    });

    test('what cannot be read by key is gone with the first sweep that misses it, where the system confirms that', async () => {
      const system = await startSystem();
      system.plain.seed(seedRows('plain', 80));
      const hub = await startHub(system, { streams: ['loose'] });
      await hub.caughtUp('loose');
      system.plain.delete('plain-00002');
      const left = namesOf(system.plain.select());
      const records = [...seedRows('plain', 78)].filter(({ id }) => id !== 'plain-00002');
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ records });
      system.misbehave({ kind: 'status', status: 200, body, headers, match: 'GET /plain/all' });
      await hub.swept('loose');
      expect(await hub.observed('loose')).toEqual(left);
    });

    test('a sweep that is aborted half-way deletes nothing (20)', async () => {
      const { system, hub } = await start({ items: 120 });
      await hub.caughtUp('items');
      for (const row of seedRows('item', 5)) system.items.delete(row.id);
      system.misbehave({ kind: 'html', match: 'GET /items/ids\\?after' });
      hub.capture.sweepNow('erp', 'items');
      await until(() => hub.status('items')?.error?.code === 'CONTRACT');
      expect((await hub.observed('items')).size).toBe(120);
      // The changes go on meanwhile, and the sweep is made up for when the system is well again.
      system.items.update('item-00100', { name: 'still read' });
      await until(async () => (await hub.observed('items')).get('item-00100') === 'still read');
      system.behave();
      await expectSame(hub, 'items', system);
    });

    test('an empty list deletes nothing without approval (20)', async () => {
      const { system, hub } = await start({ items: 20 }, { streams: ['items'], maxDeleteShare: 1 });
      await hub.caughtUp('items');
      const trouble = system.misbehave({ kind: 'emptyList', match: 'GET /items/ids' });
      await hub.swept('items');
      expect((await hub.observed('items')).size).toBe(20);
      expect(await heldSweeps(hub.store)).toMatchObject([
        { connection: 'erp', stream: 'items', missing: 20, held: 20 },
      ]);
      trouble.end();
      await hub.swept('items');
      expect(await heldSweeps(hub.store)).toEqual([]);
    });

    test('a mass delete is held until a person agrees, over a restart too (21)', async () => {
      const { system, hub } = await start({ items: 100 });
      await hub.caughtUp('items');
      for (const row of seedRows('item', 30)) system.items.delete(row.id);
      await hub.swept('items');
      expect((await hub.observed('items')).size).toBe(100);
      expect(hub.status('items')?.hold).toMatchObject({ missing: 30, held: 100 });
      await hub.stop();
      const again = await startHub(system, { streams: ['items'] }, hub.place);
      expect(await heldSweeps(again.store)).toMatchObject([{ missing: 30, isApproved: false }]);
      expect(await again.capture.approveSweep('erp', 'notes')).toBe(false);
      expect(await again.capture.approveSweep('erp', 'items')).toBe(true);
      await expectSame(again, 'items', system);
      await until(async () => (await heldSweeps(again.store)).length === 0);
    });

    test('a stream without changes is read whole again, and loses what is gone', async () => {
      const system = await startSystem();
      system.plain.seed(seedRows('plain', 80));
      const hub = await startHub(system, { streams: ['plain'] });
      await hub.caughtUp('plain');
      system.plain.update('plain-00001', { name: 'one' });
      system.plain.delete('plain-00002');
      await hub.swept('plain');
      await expectSame(hub, 'plain', system);
    });

    test('a token that the system forgot is a gap: everything is read again, deletions found (23)', async () => {
      const system = await startSystem({ notes: 80 });
      const hub = await startHub(system, { streams: ['notes'] });
      await hub.caughtUp('notes');
      await hub.stop();
      system.notes.delete('note-00001');
      system.notes.update('note-00002', { name: 'two' });
      const again = await startHub(system, { streams: ['notes'] }, hub.place);
      // The cursor is the store's; an old one is what a long stop makes of it.
      system.misbehave({ kind: 'status', status: 410, match: 'GET /notes/since', times: 1 });
      await expectSame(again, 'notes', system);
    });
  });

  describe('a system that misbehaves', () => {
    test('a page that repeats stops the stream at its checkpoint (17)', async () => {
      const system = await startSystem({ items: 200 });
      system.misbehave({ kind: 'repeatPage', match: 'GET /items/all' });
      const hub = await startHub(system, { streams: ['items'] });
      await until(() => hub.status('items')?.activity === 'stopped');
      expect(hub.status('items')?.error).toMatchObject({
        code: 'CONTRACT',
        message: expect.stringContaining('delivered before'),
      });
      await until(async () => (await hub.state('items'))?.lastErrorCode === 'CONTRACT');
      system.behave();
      await hub.caughtUp('items');
      await expectSame(hub, 'items', system);
    });

    test('a link that leads to itself stops the stream, too', async () => {
      const system = await startSystem({ items: 200 });
      system.misbehave({ kind: 'sameLink', match: 'GET /items/all' });
      const hub = await startHub(system, { streams: ['items'] });
      await until(() => hub.status('items')?.error?.code === 'CONTRACT');
    });

    test('a row without its key, and rows that cannot be mapped, are set aside with their bytes; the run goes on', async () => {
      const system = await startSystem({ items: 120 });
      system.items.update('item-00010', { name: 'BROKEN' });
      system.items.update('item-00011', { name: 'BUG' });
      system.misbehave({ kind: 'dropKey', match: 'GET /items/all', times: 1 });
      const hub = await startHub(system, { streams: ['items'] });
      await hub.caughtUp('items');
      expect((await hub.observed('items')).size).toBe(117);
      const aside = await hub.setAside();
      expect(aside).toHaveLength(3);
      expect(aside.map(({ sourceId, reason }) => [sourceId, reason])).toEqual(
        expect.arrayContaining([
          ['item-00010', 'The name is broken.'],
          ['item-00011', expect.stringContaining('The mapping failed')],
          [expect.stringContaining('(no key)'), 'The record came without its key.'],
        ]),
      );
      expect(aside.find(({ sourceId }) => sourceId === 'item-00010')?.raw).toContain('BROKEN');
    });

    test('a storm of broken records stops the stream instead of setting it aside (7)', async () => {
      const { system, hub } = await start({ items: 120 });
      await hub.caughtUp('items');
      system.store.transaction(() => {
        for (const row of seedRows('item', 40)) system.items.update(row.id, { name: 'BROKEN' });
      });
      await until(() => hub.status('items')?.activity === 'stopped');
      expect(await hub.setAside()).toEqual([]);
      system.store.transaction(() => {
        for (const row of seedRows('item', 40)) system.items.update(row.id, { name: 'mended' });
      });
      await expectSame(hub, 'items', system);
    });

    test('a refused login pauses the connection with nothing lost, and goes on when it is cured (13)', async () => {
      const { system, hub } = await start({ items: 20, notes: 20 }, { streams: ['items', 'notes'] });
      await hub.caughtUp('items', 'notes');
      system.state.refuseLogin = true;
      system.expireSessions();
      await until(() => hub.status('items')?.activity === 'paused' && hub.status('notes')?.activity === 'paused');
      expect(hub.status('items')?.error?.code).toBe('CREDENTIAL');
      system.items.update('item-00001', { name: 'while paused' });
      system.notes.delete('note-00001');
      system.state.refuseLogin = false;
      hub.capture.resume('erp');
      await expectSame(hub, 'items', system);
      await expectSame(hub, 'notes', system);
      expect(hub.status('items')?.error).toBeUndefined();
    });

    test('a system that was away is read whole again as soon as one stream is answered', async () => {
      const system = await startSystem({ items: 20, notes: 20 });
      const streams = ['items', 'notes'];
      const slowly = { transientFirst: 60_000, transientLongest: 60_000 };
      const hub = await startHub(system, { streams }, undefined, slowly);
      await hub.caughtUp(...streams);
      system.misbehave({ kind: 'reset' });
      await until(() => streams.every((stream) => hub.status(stream)?.activity === 'retrying'));
      system.behave();
      system.items.update('item-00001', { name: 'while away' });
      system.notes.update('note-00001', { name: 'while away' });
      hub.capture.pollNow('erp', 'items');
      await expectSame(hub, 'items', system);
      await expectSame(hub, 'notes', system);
    });

    test('a sweep that waits for a system lets others work meanwhile, and can be called earlier', async () => {
      const system = await startSystem();
      system.plain.seed(seedRows('plain', 20));
      const slowly = { transientFirst: 10_000, transientLongest: 10_000 };
      const hub = await startHub(system, { streams: ['plain'] }, undefined, slowly);
      await hub.caughtUp('plain');
      system.misbehave({ kind: 'status', status: 500 });
      hub.capture.sweepNow('erp', 'plain');
      await until(() => hub.status('plain')?.error !== undefined);
      const idle = performance.eventLoopUtilization();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(performance.eventLoopUtilization(idle).utilization).toBeLessThan(0.5);
      system.behave();
      system.plain.update('plain-00001', { name: 'after' });
      hub.capture.resume('erp');
      await expectSame(hub, 'plain', system);
    });

    test.each([
      ['reset', { kind: 'reset' }],
      ['truncated body', { kind: 'truncate' }],
      ['500', { kind: 'status', status: 500 }],
      ['429 without Retry-After', { kind: 'status', status: 429 }],
      ['HTML', { kind: 'html' }],
    ])('%s now and then loses nothing', async (_, trouble) => {
      const system = await startSystem({ items: 300 });
      for (const after of [1, 4]) system.misbehave({ ...trouble, match: 'GET /items/all', after, times: 1 });
      const hub = await startHub(system, { streams: ['items'] });
      await hub.caughtUp('items');
      await expectSame(hub, 'items', system);
      expect(await hub.changeRows()).toBe(300);
    });
  });
});
