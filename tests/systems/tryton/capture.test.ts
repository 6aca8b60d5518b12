import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { sqlitePlaces } from '../postgres/index.ts';
import { canRun } from '../python.ts';
import { TrytonHub } from './hub.ts';
import { missingForTryton, startTryton, type TrytonDesk, type TrytonServer } from './index.ts';
import { createParties, TrytonTrade } from './trade.ts';

const PATIENCE = 60_000;
const EDIT_EVERY_MS = 300;
/** Parties that the large case creates. */
const MANY = 10_000;

(canRun('capture from tryton', missingForTryton()) ? describe : describe.skip)('capture from tryton', () => {
  const newPlace = sqlitePlaces();
  let server: TrytonServer;
  let desk: TrytonDesk;
  let trade: TrytonTrade;
  const hubs: TrytonHub[] = [];

  beforeAll(async () => {
    server = await startTryton();
    desk = await server.desk();
    trade = new TrytonTrade(desk, server.company);
  }, INSTALLED_WITHIN_MS);
  afterEach(async () => {
    for (const hub of hubs.splice(0)) await hub.stop();
  });
  afterAll(() => server?.stop());

  async function start(
    settings: Parameters<typeof TrytonHub.start>[2] = {},
    place?: Awaited<ReturnType<typeof newPlace>>,
  ) {
    const hub = await TrytonHub.start(server, place ?? (await newPlace()), settings);
    hubs.push(hub);
    return hub;
  }
  const idsOf = (model: string, ...domain: readonly unknown[]) => desk.search(model, domain);
  const caughtUp = (hub: TrytonHub, stream: string) =>
    until(`${stream} to be caught up`, async () => ((await hub.state(stream))?.freshThrough ?? 0) > 0, PATIENCE);
  const shows = (hub: TrytonHub, stream: string, key: number, text: string | undefined) =>
    until(
      `${stream} ${key} to show ${text}`,
      async () => {
        const mapped = await hub.mapped(stream, key);
        return text === undefined ? mapped === undefined : mapped?.includes(text);
      },
      PATIENCE,
    );

  test('takes a snapshot of every stream', async () => {
    await server.createParties(450, 'Snapshot');
    const customer = await trade.party({ name: 'Whole Buyer', code: 'W-1', creditLimit: '1000' });
    const product = await trade.product({ code: 'W-100', name: 'Whole Pump' });
    await trade.receive(product, 20);
    const order = await trade.sell(customer, [{ product, quantity: 2, price: '99.5' }]);
    await trade.buy(customer, [{ product, quantity: 1, price: '50' }]);
    await trade.postInvoiceOf(order);
    const hub = await start();
    const models = {
      ...{ party: 'party.party', product: 'product.product', sale: 'sale.sale', purchase: 'purchase.purchase' },
      invoice: 'account.invoice',
    };
    for (const [stream, model] of Object.entries(models)) {
      await caughtUp(hub, stream);
      expect([...(await hub.keys(stream))].toSorted()).toEqual((await idsOf(model)).map(String).toSorted());
    }
    await caughtUp(hub, 'contact');
    await caughtUp(hub, 'stock');
    expect(await hub.keys('stock')).toContain(`${product}/${server.company.warehouse}`);
    expect(await hub.count('contact')).toBe((await idsOf('party.contact_mechanism', ['name', '!=', null])).length);
    expect(await hub.customers()).toContain('Whole Buyer');
    expect(hub.errors).toEqual([]);
  }, 120_000);

  test('sees 20 edits of distinct records, none missing', async () => {
    const ids = await createParties(desk, 20, 'Edited');
    const hub = await start({ streams: ['party'] });
    await caughtUp(hub, 'party');
    const requests = hub.requests;
    const seen = async (id: number, name: string) => {
      const at = performance.now();
      await shows(hub, 'party', id, name);
      return performance.now() - at;
    };
    const shown: Promise<number>[] = [];
    for (const [index, id] of ids.entries()) {
      const name = `Edit ${index} of ${id}`;
      // By turns the record itself, and a part that leaves it alone.
      if (index % 2 === 0) await desk.write('party.party', [id], { name });
      else await desk.write('party.address', await idsOf('party.address', ['party', '=', id]), { city: name });
      shown.push(seen(id, name));
      // None waits for the one before, and they meet the polls at all their phases.
      await wait(EDIT_EVERY_MS);
    }
    const took = await Promise.all(shown);
    took.sort((a, b) => a - b);
    report(
      '20 edits seen',
      { p50: took[9]!, worst: took[19]! },
      { 'requests a change': (hub.requests - requests) / 20 },
    );
    expect(took).toHaveLength(20);
  }, 180_000);

  test('a deletion is hinted at and found, long before the next sweep is due', async () => {
    const ids = await createParties(desk, 30, 'Deleted');
    const hub = await start({ streams: ['party'] });
    await caughtUp(hub, 'party');
    const [one, two, ...rest] = ids;
    for (const id of [one!, two!]) {
      const at = performance.now();
      await desk.delete('party.party', [id]);
      await shows(hub, 'party', id, undefined);
      report('a deletion seen', { after: performance.now() - at });
    }
    for (const id of rest) expect(await hub.mapped('party', id)).toBeDefined();
  }, 120_000);

  test('a deletion is found after the hub was down meanwhile', async () => {
    // More than a few: a sweep that deletes a tenth of all waits for a person.
    const [gone, kept] = await createParties(desk, 30, 'Down');
    const place = await newPlace();
    const first = await start({ streams: ['party'] }, place);
    await caughtUp(first, 'party');
    await hubs.pop()!.stop();
    await desk.delete('party.party', [gone!]);
    await desk.write('party.party', [kept!], { name: 'Kept meanwhile' });
    const second = await start({ streams: ['party'] }, place);
    await shows(second, 'party', gone!, undefined);
    await shows(second, 'party', kept!, 'Kept meanwhile');
  }, 120_000);

  test('a deleted part is found by the next sweep that is due', async () => {
    const customer = await trade.party({ name: 'Line Buyer', code: 'L-1' });
    const product = await trade.product({ code: 'L-100', name: 'Line Pump' });
    const order = await trade.draft(customer, [
      { product, quantity: 1, price: '10' },
      { product, quantity: 2, price: '20' },
    ]);
    const hub = await start({ streams: ['sale'], sweepEvery: 4 });
    await caughtUp(hub, 'sale');
    const [line] = await idsOf('sale.line', ['sale', '=', order]);
    await shows(hub, 'sale', order, '"quantity":"1"');
    await desk.delete('sale.line', [line!]);
    await until(
      'the line to be gone',
      async () => !(await hub.mapped('sale', order))?.includes('"quantity":"1"'),
      PATIENCE,
    );
  }, 120_000);

  test('a server that is killed while it is read costs time, and nothing else', async () => {
    await server.createParties(600, 'Killed');
    const [one] = await idsOf('party.party', ['name', '=', 'Killed 5']);
    const hub = await start({ streams: ['party'] });
    await until('some to be there', async () => (await hub.count('party')) > 0, PATIENCE);
    await server.kill();
    await until(
      'the failure to be told',
      () => hub.capture.status().connections[0]?.streams[0]?.error !== undefined,
      PATIENCE,
    );
    await server.restart();
    desk = await server.desk();
    trade = new TrytonTrade(desk, server.company);
    await caughtUp(hub, 'party');
    await desk.write('party.party', [one!], { name: 'After the restart' });
    await shows(hub, 'party', one!, 'After the restart');
    expect([...(await hub.keys('party'))].toSorted()).toEqual((await idsOf('party.party')).map(String).toSorted());
    expect(hub.errors).toEqual([]);
  }, 180_000);

  test(`captures ${MANY} parties completely`, async () => {
    await server.createParties(MANY, 'Many');
    const ids = (await idsOf('party.party')).map(String);
    const began = performance.now();
    const hub = await start({ streams: ['party'] });
    await until('all to be there', async () => (await hub.count('party')) >= ids.length, 300_000);
    const took = performance.now() - began;
    report(
      `${ids.length} parties captured`,
      { took },
      { requests: hub.requests, 'a second': (ids.length * 1000) / took },
    );
    expect([...(await hub.keys('party'))].toSorted()).toEqual(ids.toSorted());
    await caughtUp(hub, 'party');
  }, 600_000);
});

function report(
  what: string,
  milliseconds: Readonly<Record<string, number>>,
  counts: Readonly<Record<string, number>> = {},
) {
  const times = Object.entries(milliseconds).map(([name, value]) => `${name} ${(value / 1000).toFixed(2)} s`);
  const numbers = Object.entries(counts).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  process.stdout.write(`tryton: ${what}: ${[...times, ...numbers].join(', ')}\n`);
}
