import { afterEach, expect, test } from '@jest/globals';
import { describeEachStore } from '../systems/postgres/index.ts';
import { brokenInvariants } from './observe-invariants.ts';
import { type Loose, openWorld, type Seen, type World } from './observe-world.ts';

const KEYS = Array.from({ length: 30 }, (_, index) => String(index));
const customer = (values: Record<string, unknown>, ...claims: string[]): Loose => ({
  entity: 'Customer',
  values,
  alsoKnownAs: claims.map((key) => ({ connection: 'erp', stream: 'partner', key })),
});

describeEachStore('observe of several streams at once', (newPlace) => {
  const worlds: World[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });

  test('loses nothing, deadlocks with nobody, and leaves every cluster right', async () => {
    const world = await openWorld(await newPlace());
    worlds.push(world);
    const rounds = [1, 2, 3];
    const pages = (make: (key: string, round: number) => Loose) =>
      rounds.map((round) => KEYS.map((key): Seen => ({ key, version: round, mapped: [make(key, round)] })));
    const run = async (connection: string, stream: string, make: (key: string, round: number) => Loose) => {
      for (const page of pages(make)) await world.see(connection, stream, ...page);
    };
    await Promise.all([
      run('erp', 'partner', (key, round) => customer({ name: `${key} ${round}` })),
      run('erp', 'credit', (key, round) => customer({ number: `${key} ${round}` }, key)),
      run('crm', 'account', (key, round) =>
        customer({ manager: `${key} ${round}` }, String((Number(key) + round) % 30)),
      ),
      run('erp', 'order', (key, round) => ({
        entity: 'SalesOrder',
        values: { note: `${round}`, customer: { stream: 'partner', key } },
      })),
    ]);
    expect(await brokenInvariants(world.store, 20)).toEqual([]);
    const customers = await world.rows('Customer');
    expect(customers).toHaveLength(30);
    for (const { name, number, manager } of customers) {
      const key = String(name).split(' ')[0];
      expect([name, number]).toEqual([`${key} 3`, `${key} 3`]);
      expect(manager).toBe(`${(Number(key) + 27) % 30} 3`);
    }
    const orders = await world.rows('SalesOrder');
    expect(orders).toHaveLength(30);
    const ids = new Set(customers.map(({ id }) => id));
    for (const { customer_id } of orders) expect(ids.has(customer_id)).toBe(true);
  });
});
