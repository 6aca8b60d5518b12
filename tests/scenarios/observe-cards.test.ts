/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { expect, test } from '@jest/globals';
import { register } from 'prom-client';
import { streamStates } from '#store';
import { describeEachStore } from '../systems/postgres/index.ts';
import { testModel } from '../systems/postgres/test-model.ts';
import { openWorld, type World } from './observe-world.ts';

const CARD = '4111 1111 1111 1111';
const NUMBER = '4111111111111111';
const MASKED = '**** **** **** 1111';
const model = () =>
  testModel(`
"""Where."""
type Address @value { "Street." street: String "City." city: String }
extend type Customer { "Where." place: Address }
`);

/** Everything that the store holds, as one text. */
async function everything({ store }: World): Promise<string> {
  const golden = [...store.layout.entities.values()].map(({ table }) => table);
  const tables = ['observed_record', 'change_row', 'set_aside', ...golden];
  const rows = await Promise.all(tables.map((table) => store.reader.all(`select * from "${table}"`)));
  return JSON.stringify(rows);
}

describeEachStore('card numbers that people wrote', (newPlace) => {
  test('are masked in fields, values and lines before they are stored, and counted for the operator', async () => {
    const world = await openWorld(await newPlace(), { model: model() });
    try {
      const name = { connection: 'erp', stream: 'partner' };
      const counted = async () => {
        const metric = await register.getSingleMetric('isthmus_masked_card_numbers_total')?.get();
        return metric?.values.find(({ labels }) => labels.stream === 'partner')?.value ?? 0;
      };
      const before = await counted();
      const record = {
        key: '1',
        version: 1,
        mapped: [
          {
            entity: 'Customer',
            values: { name: `Pays by ${CARD}`, stageText: CARD, place: { street: `Main St ${CARD}`, city: 'Ulm' } },
          },
          {
            entity: 'SalesOrder',
            key: 'O1',
            values: { note: CARD },
            parts: {
              SalesOrderLine: { extent: 'complete', items: [{ key: '1', values: { description: `Bolts ${CARD}` } }] },
            },
          },
        ],
      };
      expect(await world.see('erp', 'partner', record)).toMatchObject({ created: 1, maskedCards: 5 });
      expect(await world.see('erp', 'partner', record)).toMatchObject({ unchanged: 1, maskedCards: 0 });
      const stored = await everything(world);
      expect(stored).not.toMatch(/4111/);
      expect(stored).toContain(`Main St ${MASKED}`);
      expect(stored).toContain(`Bolts ${MASKED}`);
      const state = await streamStates(world.store).load(name.connection, name.stream);
      expect(state?.maskedCards).toBe(5);
      expect((await counted()) - before).toBe(5);
    } finally {
      await world.close();
    }
  });

  test('are masked in what is set aside as it came', async () => {
    const world = await openWorld(await newPlace(), { model: model() });
    try {
      const refused = {
        key: '2',
        version: 1,
        raw: { Id: 2, Memo: `card ${CARD}` },
        mapped: [{ entity: 'Customer', values: { name: CARD, isBlocked: 'perhaps' } }],
      };
      expect(await world.see('erp', 'partner', refused)).toMatchObject({ setAside: 1, maskedCards: 1 });
      const stored = await everything(world);
      expect(stored).toContain(MASKED);
      expect(stored).not.toMatch(/4111/);
    } finally {
      await world.close();
    }
  });

  test('stay where they are what names a thing: keys, references and claims', async () => {
    const world = await openWorld(await newPlace(), { model: model() });
    try {
      const outcome = await world.see(
        'erp',
        'partner',
        { key: NUMBER, version: 1, mapped: [{ entity: 'Customer', values: { number: NUMBER, name: 'Ada' } }] },
        {
          key: 'O1',
          version: 1,
          mapped: [{ entity: 'SalesOrder', values: { number: 'O1', customer: { stream: 'partner', key: NUMBER } } }],
        },
      );
      expect(outcome).toMatchObject({ created: 2, maskedCards: 0 });
      const id = await world.id('erp', 'partner', NUMBER);
      const [customer] = await world.rows('Customer');
      const [order] = await world.rows('SalesOrder');
      expect(customer).toMatchObject({ id, number: NUMBER });
      expect(order?.customer_id ?? order?.customer).toBe(id);
      await world.see('crm', 'account', {
        key: 'A',
        version: 1,
        mapped: [
          { entity: 'Customer', values: {}, alsoKnownAs: [{ connection: 'erp', stream: 'partner', key: NUMBER }] },
        ],
      });
      expect(await world.id('crm', 'account', 'A')).toBe(id);
    } finally {
      await world.close();
    }
  });
});
