import { afterEach, describe, expect, test } from '@jest/globals';
import { assignOffsets } from '#events';
import { lockStream, streamStates } from '#store';
import { describeEachStore } from '../systems/postgres/index.ts';
import { type Loose, openWorld, type World } from './observe-world.ts';

const customer = (values: Record<string, unknown>, more: Partial<Loose> = {}): Loose => ({
  entity: 'Customer',
  values,
  ...more,
});
const order = (values: Record<string, unknown>, more: Partial<Loose> = {}): Loose => ({
  entity: 'SalesOrder',
  values,
  ...more,
});
const lines = (extent: 'complete' | 'some', ...items: readonly (readonly [string, string])[]) => ({
  parts: {
    SalesOrderLine: {
      extent,
      items: items.map(([key, description]) => ({ key, values: { lineNumber: Number(key), description } })),
    },
  },
});
const claim = (key: string) => ({ alsoKnownAs: [{ connection: 'erp', stream: 'partner', key }] });

describeEachStore('observe', (newPlace) => {
  let world: World;
  const open = async (options: Parameters<typeof openWorld>[1] = {}) => {
    world = await openWorld(await newPlace(), options);
    return world;
  };
  afterEach(() => world.close());

  test('stores a record, its golden record and its change row together', async () => {
    const { see, rows, changes, id } = await open();
    const outcome = await see('erp', 'partner', {
      key: '1',
      version: 1,
      mapped: [
        customer({
          number: '1',
          name: 'Åkerman & Söhne',
          creditLimit: { amount: '1250.00', currency: 'EUR' },
          stage: 'WON',
          since: '2026-01-02T03:04:05Z',
          isBlocked: false,
          cardToken: 'tok_1',
          manager: 'Paid with 4111 1111 1111 1111',
        }),
      ],
    });
    expect(outcome).toMatchObject({ created: 1, fenced: false, touched: [await id('erp', 'partner', '1')] });
    const [row] = await rows('Customer');
    expect(row).toMatchObject({
      sequence: 1,
      name: 'Åkerman & Söhne',
      credit_limit_amount: '1250.00',
      stage: 'WON',
      stage_key: 1,
      since: Date.parse('2026-01-02T03:04:05Z'),
      is_blocked: 0,
      card_token: 'tok_1',
      city: null,
    });
    expect(row?.manager).not.toContain('4111 1111');
    const [change] = await changes();
    expect(change).toMatchObject({ op: 'create', sequence: 1, before: null, origin: 'erp', changed: [] });
    expect(change?.after).toMatchObject({
      creditLimit: { amount: '1250.00', currency: 'EUR' },
      since: '2026-01-02T03:04:05.000Z',
      city: null,
    });
    expect(change?.after).not.toHaveProperty('cardToken');
    expect(change?.owners).toMatchObject({ name: 'erp', creditLimit: 'erp' });
  });

  test('writes no change row for unchanged content, and names the fields that changed', async () => {
    const { see, changes } = await open();
    const seen = { key: '1', version: 1, mapped: [customer({ name: 'A', number: '1' })] };
    await see('erp', 'partner', seen);
    expect(await see('erp', 'partner', { ...seen, version: 2 })).toMatchObject({ unchanged: 1, touched: [] });
    expect(await changes()).toHaveLength(1);
    await see('erp', 'partner', { ...seen, version: 3, mapped: [customer({ name: 'B', number: '1' })] });
    expect((await changes()).at(-1)).toMatchObject({
      op: 'update',
      sequence: 2,
      changed: ['name'],
      before: { name: 'A' },
      after: { name: 'B' },
    });
  });

  describe('which observation is older', () => {
    test('a lower version loses, however late it was read, unless it was read by id', async () => {
      const { see, golden, rows } = await open();
      await see('erp', 'partner', { key: '1', version: 5, mapped: [customer({ name: 'new' })] });
      expect(await see('erp', 'partner', { key: '1', version: 4, mapped: [customer({ name: 'old' })] })).toMatchObject({
        stale: 1,
      });
      const restored = await golden.observe({
        connection: 'erp',
        stream: 'partner',
        through: 'live',
        startedAt: 1_800_000_000_000,
        records: [{ key: '1', version: 4, mapped: [customer({ name: 'restored' })] as never }],
      });
      expect(restored).toMatchObject({ wentBack: 1, changed: 1 });
      expect(await rows('Customer')).toMatchObject([{ name: 'restored' }]);
    });

    test('without versions the read that began earlier loses, and an unchanged one moves the stamp', async () => {
      const { see, rows } = await open();
      const note = (name: string, at: number) => ({ key: '1', at, mapped: [customer({ name })] });
      await see('crm', 'note', note('b', 200));
      expect(await see('crm', 'note', note('a', 100))).toMatchObject({ stale: 1 });
      expect(await see('crm', 'note', note('b', 400))).toMatchObject({ unchanged: 1 });
      expect(await see('crm', 'note', note('c', 300))).toMatchObject({ stale: 1 });
      expect(await rows('Customer')).toMatchObject([{ name: 'b' }]);
    });

    test('equal versions compare content', async () => {
      const { see, rows } = await open();
      await see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'a' })] });
      expect(await see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'b' })] })).toMatchObject({
        changed: 1,
      });
      expect(await rows('Customer')).toMatchObject([{ name: 'b' }]);
    });

    test('only a read that began later than a deletion revives, with the same id', async () => {
      const { see, rows, id, changes } = await open();
      await see('erp', 'partner', { key: '1', version: 1, at: 100, mapped: [customer({ name: 'a' })] });
      const before = await id('erp', 'partner', '1');
      expect(await see('erp', 'partner', { key: '1', deleted: true, at: 300 })).toMatchObject({ deleted: 1 });
      expect(await rows('Customer')).toEqual([]);
      expect(
        await see('erp', 'partner', { key: '1', version: 2, at: 200, mapped: [customer({ name: 'a' })] }),
      ).toMatchObject({ stale: 1 });
      await see('erp', 'partner', { key: '1', version: 2, at: 400, mapped: [customer({ name: 'a' })] });
      expect(await rows('Customer')).toMatchObject([{ id: before, name: 'a', sequence: 3 }]);
      expect((await changes()).map(({ op, sequence }) => [op, sequence])).toEqual([
        ['create', 1],
        ['delete', 2],
        ['create', 3],
      ]);
    });

    test('a deletion that arrives first keeps older reads out', async () => {
      const { see, rows } = await open();
      await see('erp', 'partner', { key: '1', deleted: true, at: 300 });
      expect(await see('erp', 'partner', { key: '1', version: 1, at: 200, mapped: [customer({})] })).toMatchObject({
        stale: 1,
      });
      expect(await rows('Customer')).toEqual([]);
    });

    test('the same key with another creation stamp is a new record with a new id', async () => {
      const { see, rows, id, changes } = await open();
      await see('erp', 'order', {
        key: 'o',
        version: 1,
        mapped: [order({ customer: { stream: 'partner', key: '1' } })],
      });
      await see('erp', 'partner', { key: '1', version: 1, createdAt: 10, mapped: [customer({ name: 'a' })] });
      const before = await id('erp', 'partner', '1');
      await see('erp', 'partner', { key: '1', version: 2, createdAt: 20, mapped: [customer({ name: 'a' })] });
      const after = await id('erp', 'partner', '1');
      expect(after).not.toBe(before);
      expect(await rows('Customer')).toMatchObject([{ id: after }]);
      expect(await rows('SalesOrder')).toMatchObject([{ customer_id: after, sequence: 1 }]);
      const ends = (await changes()).slice(2).map(({ op, canonical_id }) => [op, canonical_id]);
      expect(ends.toSorted()).toEqual([
        ['create', after],
        ['delete', before],
      ]);
    });
  });

  describe('identity', () => {
    test('a reference mints the id before the record is seen, as a stub that is not listed', async () => {
      const { see, rows, id } = await open();
      await see('erp', 'order', { key: 'o', mapped: [order({ customer: { stream: 'partner', key: '7' } })] });
      const stub = await id('erp', 'partner', '7');
      expect(await rows('SalesOrder')).toMatchObject([{ customer_id: stub }]);
      expect(await rows('Customer')).toEqual([]);
      await see('erp', 'partner', { key: '7', mapped: [customer({ name: 'seen' })] });
      expect(await rows('Customer')).toMatchObject([{ id: stub, name: 'seen' }]);
    });

    test('a claim merges into the older id, keeps an alias, and rewrites referrers without events', async () => {
      const { see, rows, changes, id, store } = await open();
      await see('crm', 'account', { key: 'A', version: 1, mapped: [customer({ manager: 'Mia' })] });
      await see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'Acme' })] });
      await see('erp', 'order', { key: 'o', mapped: [order({ customer: { stream: 'partner', key: '1' } })] });
      const [older, younger] = [await id('crm', 'account', 'A'), await id('erp', 'partner', '1')];
      await see('crm', 'account', { key: 'A', version: 2, mapped: [customer({ manager: 'Mia' }, claim('1'))] });
      expect(await rows('Customer')).toMatchObject([{ id: older, name: 'Acme', manager: 'Mia' }]);
      expect(await rows('SalesOrder')).toMatchObject([{ customer_id: older, sequence: 1 }]);
      expect(await store.reader.all(`select survivor, sequence from canonical_id where id = '${younger}'`)).toEqual([
        [older, 2],
      ]);
      expect((await changes()).slice(3)).toMatchObject([
        { op: 'update', canonical_id: older, changed: ['name'] },
        { op: 'merge', canonical_id: younger, other_id: older, after: null },
      ]);
      await see('crm', 'account', { key: 'A', version: 3, mapped: [customer({ manager: 'Mia' })] });
      expect(await rows('Customer')).toMatchObject([
        { id: older, manager: 'Mia', name: null },
        { id: younger, name: 'Acme', manager: null },
      ]);
      expect(await rows('SalesOrder')).toMatchObject([{ customer_id: younger, sequence: 1 }]);
      expect((await changes()).slice(5)).toMatchObject([
        { op: 'update', canonical_id: older },
        { op: 'split', canonical_id: younger, other_id: older, sequence: 3, before: null },
      ]);
    });

    test('a claim of a deleted record goes with it', async () => {
      const { see, rows, id } = await open();
      await see('crm', 'account', { key: 'A', version: 1, mapped: [customer({ manager: 'Mia' }, claim('1'))] });
      await see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'Acme' })] });
      expect(await rows('Customer')).toHaveLength(1);
      await see('crm', 'account', { key: 'A', deleted: true });
      expect(await rows('Customer')).toMatchObject([
        { id: await id('erp', 'partner', '1'), name: 'Acme', manager: null },
      ]);
    });

    test('more claims on one target than allowed link nothing and are reported', async () => {
      const { see, rows, golden } = await open({ maxClaims: 2 });
      await see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'Acme' })] });
      for (const key of ['A', 'B'])
        await see('crm', 'account', { key, version: 1, mapped: [customer({}, claim('1'))] });
      expect(await rows('Customer')).toHaveLength(1);
      await see('crm', 'account', { key: 'C', version: 1, mapped: [customer({}, claim('1'))] });
      expect(await rows('Customer')).toHaveLength(4);
      expect(await golden.overclaims()).toEqual([
        { connection: 'erp', stream: 'partner', sourceId: '1', entity: 'Customer', claims: 3 },
      ]);
      await see('crm', 'account', { key: 'B', version: 2, mapped: [customer({})] });
      expect(await rows('Customer')).toHaveLength(2);
      expect(await golden.overclaims()).toEqual([]);
    });

    test('references and claims are normalised as their stream is', async () => {
      const { see, rows } = await open({
        normalizeKey: (_c, stream, key) => (stream === 'partner' ? key.replace(/^0+/, '') : key),
      });
      await see('erp', 'partner', { key: '1', mapped: [customer({ name: 'Acme' })] });
      await see('crm', 'account', { key: 'A', mapped: [customer({ manager: 'Mia' }, claim('0001'))] });
      expect(await rows('Customer')).toMatchObject([{ name: 'Acme', manager: 'Mia' }]);
    });
  });

  describe('ownership', () => {
    const both = async () => {
      await world.see('erp', 'partner', {
        key: '1',
        version: 1,
        mapped: [customer({ name: 'erp', manager: null, city: 'X', street: 'x' })],
      });
      await world.see('crm', 'account', {
        key: 'A',
        version: 1,
        mapped: [customer({ name: 'crm', manager: 'Mia', city: 'Y' }, claim('1'))],
      });
    };

    test('a field that nobody owns comes from the first connection that knows it; null is known', async () => {
      const { rows } = await open();
      await both();
      expect(await rows('Customer')).toMatchObject([{ name: 'erp', manager: null, city: 'X', street: 'x' }]);
    });

    test('an owner wins, and a group comes whole from one record', async () => {
      const { rows, changes } = await open({
        ownership: { Customer: { address: ['crm', 'erp'], name: ['crm'], '*': ['erp'] } } as never,
      });
      await both();
      expect(await rows('Customer')).toMatchObject([{ name: 'crm', manager: null, city: 'Y', street: null }]);
      expect((await changes()).at(-1)?.owners).toMatchObject({ name: 'crm', address: 'crm', manager: 'erp' });
    });

    test('streams of one connection add to one golden record, in the order of the manifest', async () => {
      const { see, rows } = await open();
      await see('erp', 'credit', {
        key: '1',
        version: 1,
        mapped: [customer({ name: 'credit', creditLimit: { amount: '5', currency: 'EUR' } }, claim('1'))],
      });
      await see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ name: 'partner' })] });
      expect(await rows('Customer')).toMatchObject([{ name: 'partner', credit_limit_amount: '5' }]);
    });

    test('another ownership at the next start computes golden records again', async () => {
      const place = await newPlace();
      world = await openWorld(place);
      await both();
      await world.close();
      world = await openWorld(place, { ownership: { Customer: { name: ['crm'] } } as never });
      expect(await world.rows('Customer')).toMatchObject([{ name: 'crm' }]);
      expect((await world.changes()).at(-1)).toMatchObject({ op: 'update', changed: ['name'], origin: null });
    });
  });

  describe('parts', () => {
    test('lines have ids and golden rows, and a change of a line is one of its document', async () => {
      const { see, rows, changes, id } = await open();
      await see('erp', 'order', {
        key: 'o',
        version: 1,
        mapped: [order({ number: '1' }, lines('complete', ['10', 'a'], ['20', 'b']))],
      });
      const header = await id('erp', 'order', 'o', 'SalesOrder');
      const first = await rows('SalesOrderLine');
      expect(first).toMatchObject([
        { order_id: header, line_number: 10 },
        { order_id: header, line_number: 20 },
      ]);
      await see('erp', 'order', {
        key: 'o',
        version: 2,
        mapped: [order({ number: '1' }, lines('complete', ['20', 'B'], ['30', 'c']))],
      });
      expect(await rows('SalesOrderLine')).toMatchObject([{ id: first[1]?.id, description: 'B' }, { line_number: 30 }]);
      expect((await changes()).at(-1)).toMatchObject({
        entity: 'SalesOrder',
        op: 'update',
        sequence: 2,
        changed: ['lines'],
      });
      expect(await changes()).toHaveLength(2);
    });

    test('only a complete delivery removes; none leaves them alone; a deleted document takes them along', async () => {
      const { see, rows } = await open();
      await see('erp', 'order', {
        key: 'o',
        version: 1,
        mapped: [order({}, lines('complete', ['10', 'a'], ['20', 'b']))],
      });
      await see('erp', 'order', { key: 'o', version: 2, mapped: [order({}, lines('some', ['20', 'B'], ['30', 'c']))] });
      expect(await rows('SalesOrderLine')).toMatchObject([
        { description: 'a' },
        { description: 'B' },
        { description: 'c' },
      ]);
      await see('erp', 'order', { key: 'o', version: 3, mapped: [order({ note: 'n' })] });
      expect(await rows('SalesOrderLine')).toHaveLength(3);
      await see('erp', 'order', { key: 'o', deleted: true });
      expect(await rows('SalesOrderLine')).toEqual([]);
    });

    test('lines that are source records of their own change their document', async () => {
      const { see, rows, changes } = await open();
      await see('erp', 'order', { key: 'o', version: 1, mapped: [order({ number: '1' })] });
      const line = (description: string): Loose => ({
        entity: 'SalesOrderLine',
        values: { order: { stream: 'order', key: 'o' }, description },
      });
      await see('erp', 'credit', { key: 'o/1', version: 1, mapped: [line('a')] });
      await see('erp', 'credit', { key: 'o/1', version: 2, mapped: [line('b')] });
      expect(await rows('SalesOrderLine')).toMatchObject([{ description: 'b' }]);
      expect(await changes()).toMatchObject([
        { op: 'create' },
        { changed: ['lines'] },
        { changed: ['lines'], sequence: 3 },
      ]);
      await see('erp', 'order', { key: 'o', version: 2, mapped: [order({ number: '2' })] });
      expect(await rows('SalesOrderLine')).toHaveLength(1);
      await see('erp', 'credit', { key: 'o/1', deleted: true });
      expect(await rows('SalesOrderLine')).toEqual([]);
    });
  });

  describe('the stream', () => {
    const from = { phase: 'snapshot', position: null, cursor: null } as const;

    test('moves only from where its reader believes it to be, under its epoch, with the records', async () => {
      const { golden, store, rows } = await open();
      const states = streamStates(store);
      await states.create('erp', ['partner']);
      const lease = await states.acquire('erp', 'me', 60_000);
      const page = (key: string, epoch: number, to: Record<string, unknown>) =>
        golden.observe({
          connection: 'erp',
          stream: 'partner',
          startedAt: 1,
          through: 'capture',
          records: [{ key, mapped: [customer({ name: key })] as never }],
          advance: { epoch, from, to },
        });
      expect(await page('1', (lease?.epoch ?? 0) - 1, { position: 'p' })).toMatchObject({ fenced: true });
      expect(await rows('Customer')).toEqual([]);
      expect(await page('1', lease?.epoch ?? 0, { position: 'p', cursor: 'c' })).toMatchObject({ fenced: false });
      expect(await page('2', lease?.epoch ?? 0, { position: 'q' })).toMatchObject({ fenced: true });
      expect(await states.load('erp', 'partner')).toMatchObject({ position: 'p', cursor: 'c', records: 1 });
      expect(await states.acquire('erp', 'other', 60_000)).toBeUndefined();
    });

    test('counts its living records', async () => {
      const { see, store } = await open();
      await see('erp', 'partner', ...['1', '2', '3'].map((key) => ({ key, mapped: [customer({})] })));
      await see('erp', 'partner', { key: '2', deleted: true });
      const state = await store.write((tx) => lockStream(tx, 'erp', 'partner'));
      expect(state?.records).toBe(2);
      expect(await world.golden.observedKeys('erp', 'partner', '1', 5)).toEqual(['3']);
    });
  });

  describe('broken records', () => {
    test('are set aside with what they were, and the page goes on', async () => {
      const { see, rows, store } = await open();
      const outcome = await see(
        'erp',
        'partner',
        { key: '1', mapped: [customer({ name: 'fine' })] },
        { key: '2', raw: { NAME: 7 }, mapped: [customer({ name: 7 })] },
      );
      expect(outcome).toMatchObject({ created: 1, setAside: 1 });
      expect(await rows('Customer')).toHaveLength(1);
      const states = streamStates(store);
      expect(await states.setAside({ connection: 'erp', limit: 10 })).toMatchObject([
        {
          sourceId: '2',
          raw: '{"NAME":7}',
          code: 'REJECTED_RECORD',
          attempts: 1,
          reason: expect.stringContaining('Customer.name'),
        },
      ]);
      await see('erp', 'partner', { key: '2', mapped: [customer({ name: 'mended' })] });
      expect(await states.countSetAside('erp')).toBe(0);
    });

    test('that the database refuses are found by halving the page', async () => {
      const { see, rows, store } = await open();
      await store.write(async (tx) => {
        if (store.dialect === 'postgresql') {
          await tx.run(`alter table golden_customer add constraint no_bad check (name <> 'bad')`);
        } else {
          await tx.run(
            `create trigger no_bad before insert on golden_customer when new.name = 'bad' begin select raise(abort, 'bad'); end`,
          );
        }
      });
      const records = Array.from({ length: 9 }, (_, index) => ({
        key: String(index),
        mapped: [customer({ name: index === 4 || index === 7 ? 'bad' : 'good' })],
      }));
      expect(await see('erp', 'partner', ...records)).toMatchObject({ created: 7, setAside: 2 });
      expect(await rows('Customer')).toHaveLength(7);
      const aside = await streamStates(store).setAside({ connection: 'erp', limit: 10 });
      expect(aside.map(({ sourceId }) => sourceId)).toEqual(['4', '7']);
    });
  });

  test('change rows get dense offsets per partition after the commit', async () => {
    const { see, store } = await open();
    const keys = Array.from({ length: 60 }, (_, index) => ({ key: `k${index}`, mapped: [customer({})] }));
    await see('erp', 'partner', ...keys);
    expect(await assignOffsets(store)).toBe(60);
    expect(await assignOffsets(store)).toBe(0);
    const rows = await store.reader.all('select "partition", "offset" from change_row order by "partition", id');
    const next = new Map<number, number>();
    for (const [partition, offset] of rows) {
      expect(offset).toBe(next.get(Number(partition)) ?? 0);
      next.set(Number(partition), Number(offset) + 1);
    }
  });
});
