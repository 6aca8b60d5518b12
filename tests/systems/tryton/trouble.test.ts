import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { tryton } from 'isthmus/connectors/tryton';
import { type Connection, type Connections, openConnections } from '#connections';
import type { Http, StreamAbilities } from '#sdk';
import { standBetween } from '#sdk/testing';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { canRun } from '../python.ts';
import { decimal } from './desk.ts';
import { missingForTryton, startTryton, type TrytonDesk, type TrytonServer } from './index.ts';
import { createParties, TrytonTrade } from './trade.ts';

type Settings = Parameters<typeof tryton>[0];

(canRun('tryton in trouble', missingForTryton()) ? describe : describe.skip)('tryton in trouble', () => {
  let server: TrytonServer;
  let desk: TrytonDesk;
  const open: Connections[] = [];

  beforeAll(async () => {
    server = await startTryton();
    desk = await server.desk();
    await createParties(desk, 3);
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    for (const connections of open) await connections.close();
    await server?.stop();
  });

  function connect(settings: Partial<Settings> = {}): Connection {
    const { url, database, user, password } = server;
    const connections = openConnections({ erp: tryton({ url, database, user, password, ...settings } as Settings) });
    open.push(connections);
    return connections.get('erp');
  }
  const read = async (erp: Connection, stream = 'party', select: readonly string[] = []) => {
    const { snapshot } = erp.stream(stream).abilities as StreamAbilities;
    return (await erp.call({ priority: 'background' }, (http: Http) => snapshot({ select }, http))).value.records;
  };

  async function newUser(login: string, groups: readonly string[] = []): Promise<Settings> {
    const ids = await Promise.all(groups.map((name) => desk.first('res.group', [['name', '=', name]])));
    const { company } = server.company;
    await desk.createOne('res.user', {
      ...{ name: login, login, password: `${login}-pa55word`, company, companies: [['add', [company]]] },
      groups: [['add', ids]],
    });
    return { user: login, password: `${login}-pa55word` } as Settings;
  }

  test('a wrong password, and then a locked login, are told in words', async () => {
    const { user, password } = await newUser('forgetful');
    const wrong = connect({ user, password: 'wrong' });
    expect(await wrong.check()).toMatchObject({ status: 'auth', message: expect.stringContaining('login is refused') });
    let told = await wrong.check();
    for (let i = 0; i < 10 && told.status === 'auth'; i++) told = await wrong.check();
    expect(told).toMatchObject({ status: 'quota', message: expect.stringMatching(/too many wrong ones/) });
    expect(await connect({ user, password }).check()).toMatchObject({ status: 'quota' });
    expect(await connect().check()).toMatchObject({ status: 'ok' });
  }, 120_000);

  test('a database that is not there, and a server that is none', async () => {
    expect(await connect({ database: 'nothing' }).check()).toMatchObject({
      status: 'config',
      message: expect.stringContaining('no database "nothing"'),
    });
    expect(await connect({ url: `${server.url}/deeper` }).check()).toMatchObject({
      status: 'config',
      message: expect.stringContaining('not as Tryton'),
    });
    expect(await connect({ url: 'http://127.0.0.1:9' }).check()).toMatchObject({ status: 'network' });
  });

  test('Basic works as well, and a wrong password is told', async () => {
    expect(await read(connect({ authentication: 'basic' }))).toHaveLength(4);
    const { user } = await newUser('simple');
    expect(await connect({ authentication: 'basic', user, password: 'no' }).check()).toMatchObject({ status: 'auth' });
  });

  test('a user without rights is told which', async () => {
    const settings = await newUser('guest');
    expect(await connect(settings).check()).toMatchObject({
      status: 'permission',
      message: expect.stringMatching(/may not read .*sale\.sale/),
    });
    await expect(read(connect(settings), 'sale')).rejects.toMatchObject({
      code: 'CREDENTIAL',
      message: expect.stringContaining('sale.sale'),
    });
  });

  test('a session that ends is opened again without a word', async () => {
    const erp = connect();
    expect(await read(erp)).toHaveLength(4);
    const database = new Database(join(server.folder, 'erp.sqlite'));
    database.prepare('delete from ir_session').run();
    database.close();
    await server.restart();
    expect(await read(erp)).toHaveLength(4);
    expect(erp.status().sessionsOpened).toBe(2);
    desk = await server.desk();
  }, 60_000);

  test('a server that was killed is a matter of time, and of nothing else', async () => {
    const erp = connect();
    expect(await read(erp)).toHaveLength(4);
    await server.kill();
    await expect(read(erp)).rejects.toMatchObject({ code: 'TRANSIENT' });
    expect(await erp.check()).toMatchObject({ status: 'network' });
    await server.restart();
    const again = connect();
    expect(await read(again)).toHaveLength(4);
    desk = await server.desk();
  }, 60_000);

  test('503, as Tryton says it when PostgreSQL could not serialise, is asked again', async () => {
    const between = await standBetween(server.url);
    try {
      const erp = connect({ url: between.url });
      expect(await read(erp)).toHaveLength(4);
      const before = between.journal.count();
      between.misbehave({ kind: 'status', status: 503, match: 'POST /erp/rpc/', times: 2 });
      expect(await read(erp)).toHaveLength(4);
      expect(between.journal.count() - before).toBe(3);
    } finally {
      await between.stop();
    }
  });

  test('an unknown field is a matter of the configuration', async () => {
    await expect(read(connect(), 'party', ['shoe_size.width'])).rejects.toMatchObject({ code: 'CONTRACT' });
  });

  test('one record that cannot be computed is set aside, the others are read', async () => {
    const trade = new TrytonTrade(desk, server.company);
    const [fine, broken] = [
      await trade.product({ code: 'P-1', name: 'Pump' }),
      await trade.product({ code: 'P-2', name: 'Valve' }),
    ];
    // A currency without a rate: what was paid for the valve cannot be told in euro.
    const dollar = await desk.createOne('currency.currency', {
      ...{ name: 'Dollar', code: 'USD', symbol: '$', digits: 2, rounding: decimal('0.01') },
    });
    const supplier = await trade.party({ name: 'Seller', code: 'S-1' });
    await trade.place(await trade.buy(supplier, [{ product: broken, quantity: 1, price: '10' }], dollar));
    const erp = connect();
    const { map } = erp.stream('product');
    const records = await read(erp, 'product', ['last_purchase_price_uom']);
    expect(records.map(({ key }) => key)).toEqual([String(fine), String(broken)]);
    expect(map(records[0]!)).toMatchObject([{ values: { number: 'P-1' } }]);
    expect(() => map(records[1]!)).toThrow(/cannot read this record: .*No rate/s);
  });
});
