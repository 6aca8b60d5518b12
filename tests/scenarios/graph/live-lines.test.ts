import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openGolden } from '#golden';
import { buildGraphSchema, Graph, type LiveReader, type LiveRecord } from '#graph';
import type { Mapped } from '#model';
import type { Store } from '#store';
import { describeEachStore } from '../../systems/postgres/index.ts';
import { ask } from './ask.ts';
import { openFilled } from './golden-rows.ts';

const manifest = { streams: { order: { title: 'Orders', entities: ['SalesOrder'], version: 'none' } } } as never;

function order(number: string, quantities: readonly string[]): readonly Mapped[] {
  const items = quantities.map((quantity, at) => ({
    key: String((at + 1) * 10),
    values: { lineNumber: String((at + 1) * 10), quantity, unit: 'C62' },
  }));
  return [
    {
      entity: 'SalesOrder',
      values: { number },
      parts: { SalesOrderLine: { extent: 'complete', items } },
    },
  ];
}

describeEachStore('lines read live', (newPlace) => {
  let store: Store;
  const calls: (readonly string[])[] = [];

  beforeAll(async () => {
    store = await openFilled(await newPlace());
    const golden = await openGolden({ store, connections: [{ name: 'erp', manifest }] });
    const records = ['A#1', 'B%23'].map((key) => ({ key, mapped: order(key, ['1.000', '2.000']) }));
    const outcome = await golden.observe({
      connection: 'erp',
      stream: 'order',
      records,
      startedAt: store.clock(),
      through: 'capture',
    });
    expect(outcome).toMatchObject({ created: 2, setAside: 0 });
  });
  afterAll(() => store.close());

  test('each line gets its own values from its document’s record', async () => {
    const live: LiveReader = {
      canLookup: () => true,
      enqueueLive: () => {},
      async lookupMany(connection, stream, keys) {
        calls.push(keys);
        const found = keys.map((key): [string, LiveRecord] => [
          key,
          { connection, stream, key, mapped: order(key, ['1.000', `7.${key.length}`, '9']), startedAt: store.clock() },
        ]);
        return new Map(found);
      },
    };
    const graph = new Graph({ store, live });
    const { data, errors } = await ask(
      graph,
      buildGraphSchema(graph),
      `query @maxStaleness(seconds: 0) { salesOrders(orderBy: [{ number: ASC }]) { nodes { number
        lines(orderBy: [{ lineNumber: ASC }]) { nodes { lineNumber quantity unit } } } } }`,
    );
    expect(errors).toEqual([]);
    expect(calls).toHaveLength(2);
    const line = (lineNumber: string, quantity: string) => ({ lineNumber, quantity, unit: 'C62' });
    // A line that is new in the system is no row of the store yet: membership is the store's.
    expect(data.salesOrders.nodes).toEqual([
      { number: 'A#1', lines: { nodes: [line('10', '1.000'), line('20', '7.3')] } },
      { number: 'B%23', lines: { nodes: [line('10', '1.000'), line('20', '7.4')] } },
    ]);
  });
});
