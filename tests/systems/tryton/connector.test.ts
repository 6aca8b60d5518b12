import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tryton } from 'isthmus/connectors/tryton';
import { type Connection, type Connections, openConnections } from '#connections';
import type { Mapped } from '#model';
import type { ChangesPage, Http, Page, SourceRecord, StreamAbilities } from '#sdk';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { canRun } from '../python.ts';
import { missingForTryton, startTryton, type TrytonDesk, type TrytonServer } from './index.ts';
import { createParties, TrytonTrade } from './trade.ts';

const BACKGROUND = { priority: 'background' } as const;

(canRun('the tryton connector', missingForTryton()) ? describe : describe.skip)('the tryton connector', () => {
  let server: TrytonServer;
  let desk: TrytonDesk;
  let trade: TrytonTrade;
  let connections: Connections;
  let erp: Connection;

  beforeAll(async () => {
    server = await startTryton();
    desk = await server.desk();
    trade = new TrytonTrade(desk, server.company);
    connections = openConnections({ erp: tryton(loginOf(server)) });
    erp = connections.get('erp');
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    await connections?.close();
    await server?.stop();
  });

  const abilities = (stream: string) => erp.stream(stream).abilities as StreamAbilities;
  const call = async <T>(work: (http: Http) => Promise<T>) => (await erp.call(BACKGROUND, work)).value;
  const map = (stream: string, record: SourceRecord) => erp.stream(stream).map(record) as readonly Mapped[];
  const valuesOf = (stream: string, record: SourceRecord, entity?: string) =>
    map(stream, record).find((mapped) => entity === undefined || mapped.entity === entity)!.values;
  const lookup = (stream: string, ...keys: readonly (number | string)[]) =>
    call((http) => abilities(stream).lookup({ keys: keys.map(String), select: [] }, http));

  async function pages(stream: string, since?: number): Promise<ChangesPage[]> {
    const found: ChangesPage[] = [];
    for (let page: string | undefined, isFirst = true; isFirst || page !== undefined; isFirst = false) {
      const request = { select: [], ...(page === undefined ? {} : { page }) };
      const { snapshot, changes } = abilities(stream);
      const answer: Page = await call((http) =>
        since === undefined ? snapshot(request, http) : changes({ ...request, since }, http),
      );
      found.push(answer);
      page = answer.next;
    }
    return found;
  }
  const drain = async (stream: string, since?: number) =>
    (await pages(stream, since)).flatMap(({ records }) => records);
  const keysOf = (records: readonly SourceRecord[]) => records.map(({ key }) => key);
  /** Stamps are told rounded, so that a millisecond more is asked for. */
  const afterNewest = async (stream: string) => (await newest(stream)) + 2;
  const newest = async (stream: string) => Math.max(...(await drain(stream)).map(({ changedAt }) => changedAt!));

  test('is well', async () => {
    expect(await erp.check()).toEqual({ status: 'ok', product: 'Tryton', version: '8.2', notes: [] });
  });

  test('discovers types with their fields', async () => {
    const types = await erp.discover();
    const party = types.find(({ stream }) => stream === 'party')!;
    expect(party.name).toBe('party.party');
    expect(party.fields).toContainEqual(
      expect.objectContaining({ name: 'addresses', type: 'one2many(party.address)', writable: true }),
    );
    expect(types.map(({ name }) => name)).toContain('sale.line');
  });

  test('maps a party with address, ways to reach it, credit limit and named contacts', async () => {
    const id = await trade.party({
      name: 'Acme Pumps',
      code: 'C-4711',
      creditLimit: '12500.50',
      street: 'Hauptstraße 5\nHinterhaus',
      vat: 'DE136695976',
    });
    const [record] = await lookup('party', id);
    const [address] = await desk.search('party.address', [['party', '=', id]]);
    expect(valuesOf('party', record!, 'Customer')).toMatchObject({
      number: 'C-4711',
      name: 'Acme Pumps',
      taxNumber: 'DE136695976',
      email: 'office@acme-pumps.example',
      phone: '+49 30 123456',
      isBlocked: false,
      creditLimit: { amount: '12500.50', currency: 'EUR' },
      address: { street: 'Hauptstraße 5, Hinterhaus', postalCode: '10115', city: 'Berlin', country: 'DE' },
    });
    expect(valuesOf('party', record!, 'Supplier')).toMatchObject({ number: 'C-4711', name: 'Acme Pumps' });
    const contacts = (await drain('contact')).filter(({ source }) => (source as { party: number }).party === id);
    expect(contacts.map((contact) => valuesOf('contact', contact))).toEqual([
      expect.objectContaining({
        name: 'Erika Beispiel',
        email: 'erika@acme-pumps.example',
        customer: { stream: 'party', key: String(id) },
      }),
    ]);
    await desk.write('party.address', [address!], { active: false });
    expect(valuesOf('party', (await lookup('party', id))[0]!)).toMatchObject({ address: null });
  });

  test('maps an order, its invoice and the stock that it takes', async () => {
    const product = await trade.product({ code: 'P-100', name: 'Pump' });
    const customer = await trade.party({ name: 'Buyer', code: 'C-1' });
    await trade.receive(product, 50);
    const order = await trade.sell(customer, [{ product, quantity: 3, price: '250.0000' }]);
    const [sale] = await lookup('sale', order);
    expect(map('sale', sale!)).toEqual([
      expect.objectContaining({
        entity: 'SalesOrder',
        values: expect.objectContaining({
          number: expect.stringMatching(/^\d+$/),
          status: 'OPEN',
          customer: { stream: 'party', key: String(customer) },
          total: { amount: expect.stringMatching(/^750(\.0+)?$/), currency: 'EUR' },
        }),
        parts: {
          SalesOrderLine: {
            extent: 'complete',
            items: [
              expect.objectContaining({
                values: expect.objectContaining({
                  lineNumber: '1',
                  product: { stream: 'product', key: String(product) },
                  quantity: '3',
                  unit: 'C62',
                }),
              }),
            ],
          },
        },
      }),
    ]);
    const invoice = await trade.postInvoiceOf(order);
    expect(valuesOf('invoice', (await lookup('invoice', invoice))[0]!)).toMatchObject({
      status: 'OPEN',
      order: { stream: 'sale', key: String(order) },
      customer: { stream: 'party', key: String(customer) },
      total: { amount: expect.stringMatching(/^750(\.0+)?$/), currency: 'EUR' },
    });
    const { warehouse } = server.company;
    const [level] = await lookup('stock', `${product}/${warehouse}`, `${product}/9999`, 'nonsense');
    expect(valuesOf('stock', level!)).toEqual({
      product: { stream: 'product', key: String(product) },
      warehouse: { stream: 'warehouse', key: String(warehouse) },
      quantity: '50',
      unit: 'C62',
    });
    expect(valuesOf('product', (await lookup('product', product))[0]!)).toMatchObject({
      ...{ number: 'P-100', name: 'Pump', unit: 'C62', isDiscontinued: false },
    });
    expect(keysOf(await drain('stock'))).toContain(`${product}/${warehouse}`);
    expect(valuesOf('warehouse', (await drain('warehouse'))[0]!)).toMatchObject({ code: 'WH' });

    const before = await newest('stock');
    await trade.receive(product, 7);
    const changed = await drain('stock', before);
    expect(changed.map((each) => valuesOf('stock', each))).toContainEqual(expect.objectContaining({ quantity: '57' }));
  });

  test('a product of which nothing is left has no level any more, wherever one looks', async () => {
    const product = await trade.product({ code: 'P-300', name: 'Seal' });
    const key = `${product}/${server.company.warehouse}`;
    await trade.receive(product, 5);
    const before = await newest('stock');
    await trade.countNone(product);
    expect((await drain('stock', before)).filter((each) => each.key === key)).toEqual([
      expect.objectContaining({ key, deleted: true, changedAt: expect.any(Number) }),
    ]);
    expect(await lookup('stock', key)).toEqual([]);
    expect(keysOf(await drain('stock'))).not.toContain(key);
    await trade.receive(product, 1);
    expect((await lookup('stock', key)).map((each) => valuesOf('stock', each))).toMatchObject([{ quantity: '1' }]);
  });

  test('maps a purchase', async () => {
    const supplier = await trade.party({ name: 'Seller', code: 'S-1' });
    const product = await trade.product({ code: 'P-200', name: 'Valve' });
    const order = await trade.buy(supplier, [{ product, quantity: 2, price: '10.0000' }]);
    const [mapped] = map('purchase', (await lookup('purchase', order))[0]!);
    expect(mapped).toMatchObject({
      entity: 'PurchaseOrder',
      values: { status: 'DRAFT', supplier: { stream: 'party', key: String(supplier) } },
      parts: { PurchaseOrderLine: { items: [{ values: { quantity: '2', lineNumber: '1' } }] } },
    });
  });

  test('sees what was never changed, what was, and parts that leave the record alone', async () => {
    const [quiet, edited, moved] = await createParties(desk, 3);
    const parts = await desk.search('party.address', [['party', '=', moved]]);
    const since = await afterNewest('party');
    await desk.write('party.party', [edited!], { name: 'Edited' });
    await desk.write('party.address', parts, { city: 'Bonn' });
    const found = await drain('party', since);
    expect(keysOf(found).toSorted()).toEqual([String(edited), String(moved)].toSorted());
    expect(keysOf(found)).not.toContain(String(quiet));
    expect(valuesOf('party', found.find(({ key }) => key === String(moved))!)).toMatchObject({
      address: { city: 'Bonn' },
    });
    const floor = await desk.createOne('stock.location', { name: 'North floor', code: 'NF', type: 'storage' });
    const location = await desk.createOne('stock.location', {
      ...{ name: 'North', code: 'N', type: 'warehouse' },
      ...{ input_location: floor, output_location: floor, storage_location: floor },
    });
    expect(keysOf(await drain('warehouse', since))).toContain(String(location));
  });

  test('delivers 1,000 records of one stamp once each, over page edges', async () => {
    const since = await afterNewest('party');
    const ids = await createParties(desk, 1_000);
    const found = await drain('party', since);
    expect(new Set(found.map(({ changedAt }) => changedAt)).size).toBe(1);
    expect(keysOf(found)).toEqual(ids.map(String));
    const told = await pages('party', since);
    expect(told.length).toBeGreaterThan(4);
    const page = told[1]!.next!;
    const { changes } = abilities('party');
    const again = await call((http) => changes({ since, page, select: [] }, http));
    expect(keysOf(again.records)).toEqual(keysOf(told[2]!.records));
  });

  test('what changes while a pass goes on is left to the next one', async () => {
    const since = await afterNewest('party');
    const ids = await createParties(desk, 250);
    const { changes } = abilities('party');
    const first = await call((http) => changes({ since, select: [] }, http));
    await desk.write('party.party', [ids[0]!, ids.at(-1)!], { name: 'Late' });
    const second = await call((http) => changes({ since, page: first.next!, select: [] }, http));
    const latest = Math.max(...[...first.records, ...second.records].map(({ changedAt }) => changedAt!));
    const next = await drain('party', latest);
    expect(keysOf(next)).toEqual(expect.arrayContaining([String(ids[0]), String(ids.at(-1))]));
  });

  test('hints at deletions of records and of parts, apart from each other', async () => {
    const [first, second] = await createParties(desk, 2);
    const told = async () =>
      (await call((http) => abilities('party').changes({ since: Date.now(), select: [] }, http))).deletions!;
    const settled = async () => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      return await told();
    };
    const before = await settled();
    expect(await settled()).toEqual(before);
    await desk.delete('party.party', [first!]);
    const afterRecord = await settled();
    expect(afterRecord.records).not.toBe(before.records);
    expect(afterRecord.parts).toBe(before.parts);
    await desk.delete('party.address', await desk.search('party.address', [['party', '=', second]]));
    const afterPart = await settled();
    expect(afterPart.records).toBe(afterRecord.records);
    expect(afterPart.parts).not.toBe(afterRecord.parts);
  });

  test('lists ids and finds by key what is there', async () => {
    const [kept, gone] = await createParties(desk, 2);
    await desk.delete('party.party', [gone!]);
    const keys: string[] = [];
    for (let page: string | undefined, isFirst = true; isFirst || page !== undefined; isFirst = false) {
      const answer = await call((http) => abilities('party').listIds(page === undefined ? {} : { page }, http));
      keys.push(...answer.keys);
      page = answer.next;
    }
    expect(keys).toEqual(keysOf(await drain('party')));
    expect(keys).toContain(String(kept));
    expect(keys).not.toContain(String(gone));
    expect(keysOf(await lookup('party', gone!, kept!, 'x', 99_999_999))).toEqual([String(kept)]);
  });
});

function loginOf({ url, database, user, password }: TrytonServer) {
  return { url, database, user, password };
}
