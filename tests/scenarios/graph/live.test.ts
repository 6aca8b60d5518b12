import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execute, type GraphQLSchema, parse } from 'graphql';
import { ownershipTable } from '#golden';
import { buildGraphSchema, Graph, type LiveReader, type LiveRecord } from '#graph';
import type { Mapped } from '#model';
import { TransientError } from '#sdk';
import type { Store } from '#store';
import { describeEachStore } from '../../systems/postgres/index.ts';
import { type Asked, ask } from './ask.ts';
import { addGolden, model, openFilled, setFreshThrough } from './golden-rows.ts';

/** Systems that hold records by connection, stream and key, count their calls, and can be down. */
class Systems implements LiveReader {
  readonly records = new Map<string, readonly Mapped[]>();
  readonly down = new Set<string>();
  calls: string[] = [];
  handed: LiveRecord[] = [];
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  canLookup(_connection: string, stream: string): boolean {
    return stream !== 'Sealed';
  }

  async lookupMany(connection: string, stream: string, keys: readonly string[]) {
    this.calls.push(`${connection}.${stream}`);
    if (this.down.has(connection)) throw new TransientError('socket hang up at 10.0.0.1', { details: { connection } });
    const startedAt = this.#now();
    return new Map(
      keys.flatMap((key): [string, LiveRecord][] => {
        const mapped = this.records.get(`${connection}.${stream}.${key}`);
        return mapped ? [[key, { connection, stream, key, mapped, startedAt }]] : [];
      }),
    );
  }

  enqueueLive(records: readonly LiveRecord[]): void {
    this.handed.push(...records);
  }
}

describeEachStore('live reads', (newPlace) => {
  let store: Store;
  let systems: Systems;
  let schema: GraphQLSchema;
  let graph: Graph;
  const query = (text: string, variables?: Record<string, unknown>): Promise<Asked> =>
    ask(graph, schema, text, variables);

  beforeAll(async () => {
    store = await openFilled(await newPlace());
    const numbers = Array.from({ length: 6 }, (_, n) => n);
    await addGolden(
      store,
      'Customer',
      numbers.map((n) => ({ id: `c${n}`, name: `Customer ${n}`, creditLimit: { amount: '1.00', currency: 'EUR' } })),
    );
    await addGolden(
      store,
      'Opportunity',
      numbers.map((n) => ({
        id: `o${n}`,
        name: `Old ${n}`,
        stage: 'NEGOTIATION',
        customer: n === 5 ? 'c9' : `c${n % 2}`,
      })),
      { connection: 'crm', stream: 'Opportunity' },
    );
    await addGolden(store, 'SalesOrder', [{ id: 's0', number: '1', customer: 'c0' }]);
    await store.write((tx) =>
      tx.run(
        "insert into canonical_id (id, entity, minted_at, survivor, sequence, state) values ('c9', 'Customer', 0, null, 0, 'stub')",
      ),
    );
    await store.write(async (tx) => {
      const [id] = await tx.allocate('identity_key', 1);
      await tx.run(
        `insert into identity_key (id, connection, stream, source_id, entity, minted_id, canonical_id) values (${id}, 'erp', 'Customer', 'S-c9', 'Customer', 'c9', 'c9')`,
      );
    });
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    systems = new Systems(() => store.clock());
    const manifest = (streams: readonly string[]) =>
      ({ streams: Object.fromEntries(streams.map((name) => [name, {}])) }) as never;
    const connections = [
      { name: 'erp', manifest: manifest(['Customer', 'SalesOrder']) },
      { name: 'crm', manifest: manifest(['Opportunity']) },
    ];
    graph = new Graph({ store, live: systems, ownership: ownershipTable(model, connections, undefined) });
    schema = buildGraphSchema(graph);
    for (const stream of ['Customer', 'SalesOrder']) await setFreshThrough(store, 'erp', stream, store.clock());
    await setFreshThrough(store, 'crm', 'Opportunity', store.clock() - 60_000);
    for (let n = 0; n < 6; n++) {
      systems.records.set(`erp.Customer.S-c${n}`, [
        { entity: 'Customer', values: { name: `Customer ${n}`, creditLimit: { amount: `${n}.50`, currency: 'EUR' } } },
      ]);
      systems.records.set(`crm.Opportunity.S-o${n}`, [
        {
          entity: 'Opportunity',
          values: n === 4 ? { stage: null, stageText: 'Lost it' } : { name: `New ${n}`, stage: 'WON' },
        },
      ]);
    }
    systems.records.set('erp.Customer.S-c9', [{ entity: 'Customer', values: { name: 'Seen live' } }]);
  });

  test('values are the systems’, membership and order the store’s; one call a stream and level', async () => {
    const { data, report, errors } = await query(`query @maxStaleness(seconds: 0) {
      customers(first: 3, filter: { id: { in: ["c0", "c1", "c2"] } }, orderBy: [{ creditLimit: { amount: DESC } }]) { totalCount nodes { id creditLimit { amount }
        opportunities(first: 5, filter: { stage: { eq: NEGOTIATION } }) { nodes { name stage stageText } } } }
    }`);
    expect(errors).toEqual([]);
    expect(systems.calls.sort()).toEqual(['crm.Opportunity', 'erp.Customer']);
    expect(data.customers.totalCount).toBe(3);
    expect(data.customers.nodes.map(({ id }: { id: string }) => id)).toEqual(['c2', 'c1', 'c0']);
    expect(data.customers.nodes[0].creditLimit).toEqual({ amount: '2.50' });
    expect(data.customers.nodes[1].opportunities.nodes[0]).toEqual({ name: 'New 1', stage: 'WON', stageText: null });
    expect(Object.keys(report!.asOf)).toEqual(['crm', 'erp']);
    expect(report!.degraded).toBeUndefined();
    expect(systems.handed.filter(({ stream }) => stream === 'Customer')).toHaveLength(3);
  });

  test('a row that no longer matches its filter stays, with its live value and raw code', async () => {
    const { data } = await query(`{ opportunities(filter: { stage: { eq: NEGOTIATION } }) @maxStaleness(seconds: 5) {
      nodes { id name stage stageText customer @maxStaleness(seconds: 0) { id name } } } }`);
    expect(systems.calls).toEqual(['crm.Opportunity', 'erp.Customer']);
    expect(data.opportunities.nodes).toHaveLength(6);
    expect(data.opportunities.nodes[0]).toMatchObject({ name: 'New 0', stage: 'WON', stageText: null });
    expect(data.opportunities.nodes[4]).toMatchObject({ name: 'Old 4', stage: null, stageText: 'Lost it' });
    expect(data.opportunities.nodes[5].customer).toEqual({ id: 'c9', name: 'Seen live' });
  });

  test('what is fresh enough is not asked, and nothing is where nobody says so', async () => {
    const text =
      'query ($s: Int!) { customers(first: 2) @maxStaleness(seconds: $s) { nodes { name provenance(fields: [name]) { staleness } } } }';
    const fresh = await query(text, { s: 30 });
    expect(systems.calls).toEqual([]);
    expect(fresh.report!.asOf.erp).toEqual(expect.any(String));
    const plain = await query('{ opportunities { nodes { name } } }');
    expect([systems.calls, plain.report]).toEqual([[], undefined]);
    const live = await query(text, { s: 0 });
    expect(live.data.customers.nodes[0].provenance).toEqual([{ staleness: 0 }]);
    expect(systems.calls).toEqual(['erp.Customer']);
    // Nothing differs: nothing is handed on.
    expect(systems.handed).toEqual([]);
  });

  test('a single field may ask to be fresh', async () => {
    const { data } = await query('{ opportunities(first: 1) { nodes { name stage @maxStaleness(seconds: 0) } } }');
    expect(data.opportunities.nodes).toEqual([{ name: 'Old 0', stage: 'WON' }]);
  });

  test('a system that is down: the last observed values, said so, and no error', async () => {
    systems.down.add('crm');
    const { data, errors, report } = await query(`query @maxStaleness(seconds: 0) {
      opportunities(first: 2) { edges { node { title: name stage provenance(fields: [name]) { staleness } } } } }`);
    expect(errors).toEqual([]);
    expect(data.opportunities.edges[0].node).toMatchObject({ title: 'Old 0', stage: 'NEGOTIATION' });
    expect(data.opportunities.edges[0].node.provenance[0].staleness).toBeGreaterThanOrEqual(59);
    expect(report!.degraded).toEqual([
      {
        code: 'TRANSIENT',
        connection: 'crm',
        observedAt: expect.any(String),
        paths: [
          ['opportunities', 'edges', 0, 'node', 'title'],
          ['opportunities', 'edges', 0, 'node', 'stage'],
          ['opportunities', 'edges', 1, 'node', 'title'],
          ['opportunities', 'edges', 1, 'node', 'stage'],
        ],
      },
    ]);
  });

  test('an error only where nothing was ever observed', async () => {
    systems.down.add('erp');
    const { data, errors, report } = await query(
      '{ opportunity(id: "o5") @maxStaleness(seconds: 0) { name customer { id name } } }',
    );
    expect(data.opportunity).toEqual({ name: 'New 5', customer: { id: 'c9', name: null } });
    expect(errors).toEqual([expect.objectContaining({ path: ['opportunity', 'customer', 'name'] })]);
    expect(report!.degraded).toBeUndefined();
  });

  test('graphql-js reads live through the same levels', async () => {
    const text = `query @maxStaleness(seconds: 0) { customers(first: 3) { nodes { name creditLimit { amount }
      opportunities(first: 5) { nodes { name stage customer { name } } } } } }`;
    const result = await execute({ schema, document: parse(text), contextValue: {} });
    const asked = [...systems.calls].sort();
    systems.calls = [];
    const ours = await query(text);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual(ours.data);
    expect(asked).toEqual([...systems.calls].sort());
    expect(asked).toEqual(['crm.Opportunity', 'erp.Customer', 'erp.Customer']);
  });
});
