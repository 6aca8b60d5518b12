import { get } from 'node:http';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import WebSocket from 'ws';
import { pruneChanges, writeResumeToken } from '#events';
import { droppedSubscriptions, openSubscriptions as openSubscriptionsGauge } from '../../src/graph/metrics.ts';
import { until } from '../support/until.ts';
import { describeEachStore } from '../systems/postgres/index.ts';
import type { Seen } from './observe-world.ts';
import { openSubscriptions, type SubscriptionsWorld, tell } from './subscriptions-world.ts';

// The machine may have other work.
jest.setTimeout(60_000);

const FOLLOW = `subscription ($ids: [ID!], $filter: CustomerChangeFilter, $from: String) {
  customerChanged(ids: $ids, filter: $filter, from: $from) {
    op id otherId sequence origin changed
    before { name creditLimit { amount currency } }
    after { name creditLimit { amount currency } stage since isBlocked }
    customer { id name orders(first: 2) { nodes { number } } }
    resumeToken
  }
}`;
const SMALL = 'subscription ($from: String) { customerChanged(from: $from) { id sequence resumeToken } }';

function customer(key: string, version: number, values: Record<string, unknown>): Seen {
  return { key, version, mapped: [{ entity: 'Customer', values: { number: key, ...values } }] };
}

describeEachStore('subscriptions', (newPlace) => {
  let world: SubscriptionsWorld;
  afterEach(() => world.close());
  const token = async () => (await world.ask('{ changesToken }')).data.changesToken as string;
  const seeName = (key: string, version: number, name: string) =>
    world.see('erp', 'partner', customer(key, version, { name }));

  for (const transport of ['webSocket', 'eventStream'] as const) {
    test(`over a ${transport} a change tells before, after, origin and the golden record`, async () => {
      world = await openSubscriptions(await newPlace());
      const told = tell(world[transport](), FOLLOW, { from: await token() });
      const values = {
        name: 'Ada',
        creditLimit: { amount: '10.50', currency: 'EUR' },
        stage: 'WON',
        since: '2026-01-02T03:04:05.000Z',
        isBlocked: false,
        cardToken: 'tok_1',
      };
      await world.see('erp', 'partner', customer('1', 1, values));
      await world.see('erp', 'order', {
        key: 'O1',
        version: 1,
        mapped: [
          {
            entity: 'SalesOrder',
            values: { number: 'O1', customer: { connection: 'erp', stream: 'partner', key: '1' } },
          },
        ],
      });
      await until('the first', () => told.events.length === 1);
      await world.see('erp', 'partner', customer('1', 2, { ...values, name: 'Ada Ltd' }));
      await until('the second', () => told.events.length === 2);
      await world.see('erp', 'partner', { key: '1', version: 3, deleted: true });
      await until('the third', () => told.events.length === 3);
      const id = await world.id('erp', 'partner', '1');
      const { cardToken: _token, ...shown } = values;
      expect(told.answers.every(({ errors }) => errors === undefined)).toBe(true);
      expect(told.events[0]).toMatchObject({
        op: 'CREATE',
        id,
        sequence: 1,
        origin: 'erp',
        before: null,
        after: shown,
      });
      expect(told.events[1]).toMatchObject({
        op: 'UPDATE',
        changed: ['name'],
        before: { name: 'Ada' },
        after: { name: 'Ada Ltd', creditLimit: { amount: '10.50', currency: 'EUR' } },
        customer: { id, name: 'Ada Ltd', orders: { nodes: [{ number: 'O1' }] } },
      });
      expect(told.events[2]).toMatchObject({ op: 'DELETE', after: null, before: { name: 'Ada Ltd' }, customer: null });
      expect(JSON.stringify(told.events)).not.toContain('tok_');
      expect(world.errors).toEqual([]);
    });
  }

  test('a document tells its lines, and what the values of references are', async () => {
    world = await openSubscriptions(await newPlace());
    const told = tell(
      world.webSocket(),
      'subscription { salesOrderChanged { after { customerId lines { lineNumber description } } changed } }',
    );
    const order = (version: number, description: string): Seen => ({
      key: 'O1',
      version,
      mapped: [
        {
          entity: 'SalesOrder',
          values: { number: 'O1', customer: { connection: 'erp', stream: 'partner', key: '1' } },
          parts: {
            SalesOrderLine: { kind: 'complete', items: [{ key: '10', values: { lineNumber: 10, description } }] },
          },
        },
      ],
    });
    await until('the subscription', async () => {
      await world.see('erp', 'order', order(told.events.length + Date.now(), `${Date.now()}`));
      return told.events.length > 0;
    });
    const customerId = await world.id('erp', 'partner', '1');
    const last = told.events.at(-1);
    expect(last.after).toMatchObject({ customerId, lines: [{ lineNumber: 10 }] });
  });

  test('a filter tells what begins to match and what stops, ids follow a merge', async () => {
    world = await openSubscriptions(await newPlace());
    const from = await token();
    await seeName('1', 1, 'Ada');
    await seeName('2', 1, 'Bo');
    const id = await world.id('erp', 'partner', '2');
    const client = world.webSocket();
    const matching = tell(client, FOLLOW, { from, filter: { name: { startsWith: 'á' } } });
    const two = tell(client, FOLLOW, { from, ids: [id] });
    await seeName('1', 2, 'Cy');
    await seeName('1', 3, 'Di');
    await seeName('2', 2, 'Ann');
    await until('the matching', () => matching.events.length === 3);
    const moves = matching.events.map(({ before, after }) => [before?.name, after.name]);
    expect(moves.filter(([, after]) => after !== 'Ann')).toEqual([
      [undefined, 'Ada'],
      ['Ada', 'Cy'],
    ]);
    expect(moves).toContainEqual(['Bo', 'Ann']);
    await world.see('crm', 'account', {
      key: 'A',
      version: 1,
      mapped: [{ entity: 'Customer', values: { name: 'E' } }],
    });
    const alsoKnownAs = [{ connection: 'erp', stream: 'partner', key: '2' }];
    const account = (version: number, name: string): Seen => ({
      key: 'A',
      version,
      mapped: [{ entity: 'Customer', values: { name }, alsoKnownAs }],
    });
    const accountId = await world.id('crm', 'account', 'A');
    const other = tell(client, FOLLOW, { from, ids: [accountId] });
    await until('the account', () => other.events.length === 1);
    await world.see('crm', 'account', account(2, 'E'));
    await until('the merge', () => other.events.some(({ op }) => op === 'MERGE'));
    await seeName('2', 3, 'Survivor');
    await until('what the survivor did', () => other.events.some(({ after }) => after?.name === 'Survivor'));
    expect(other.events.find(({ op }) => op === 'MERGE')).toMatchObject({ otherId: id, after: null, customer: { id } });
    await until('the other', () => two.events.some(({ after }) => after?.name === 'Survivor'));
    expect(new Set(two.events.map((event) => event.id))).toEqual(new Set([id]));
  });

  test('with tokens nothing is missed and nothing doubled while connections break', async () => {
    world = await openSubscriptions(await newPlace());
    const start = await token();
    let writing = true;
    const written = (async () => {
      for (let version = 1; version <= 40; version += 1) {
        const records = Array.from({ length: 8 }, (_, key) => customer(String(key), version, { name: `N ${version}` }));
        await world.see('erp', 'partner', ...records);
      }
      writing = false;
    })();
    const followers = [0, 1, 2, 3].map(async (seed) => {
      const seen = new Map<string, number[]>();
      let from = start;
      let count = 0;
      for (let round = 1; count < 320; round += 1) {
        const told = tell(seed % 2 === 0 ? world.webSocket() : world.eventStream(), SMALL, { from });
        const enough = writing ? 1 + ((round * 7 + seed * 13) % 23) : 320;
        await until('some', () => told.events.length >= Math.min(enough, 320 - count));
        told.stop();
        for (const { id, sequence, resumeToken } of told.events) {
          seen.set(id, [...(seen.get(id) ?? []), sequence]);
          from = resumeToken;
          count += 1;
        }
      }
      return seen;
    });
    await written;
    for (const seen of await Promise.all(followers)) {
      expect(seen.size).toBe(8);
      for (const sequences of seen.values()) expect(sequences).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    }
  }, 60_000);

  test('a token from before what is kept, of another log, or damaged is refused by name', async () => {
    world = await openSubscriptions(await newPlace());
    const from = await token();
    for (let version = 1; version <= 3; version += 1) await seeName('1', version, `N ${version}`);
    const all = tell(world.webSocket(), SMALL, { from });
    await until('all', () => all.events.length === 3);
    const { resumeToken } = all.events[0];
    expect(await pruneChanges(world.store, world.store.clock() + 1)).toBe(3);
    const refused = async (token: string) => {
      const client = tell(world.webSocket(), SMALL, { from: token });
      const [error] = (await client.ended.catch((errors) => errors)) as never as {
        extensions: unknown;
        message: string;
      }[];
      const sse = tell(world.eventStream(), SMALL, { from: token });
      await sse.ended;
      expect(sse.answers[0]?.errors?.[0]?.extensions).toEqual(error!.extensions);
      return error!;
    };
    expect(await refused(resumeToken)).toMatchObject({ extensions: { code: 'GONE', oldest: null } });
    const end = await token();
    await seeName('1', 4, 'N 4');
    await until('its place', async () => (await token()) !== end);
    const gone = await refused(resumeToken);
    expect(gone.extensions).toEqual({ code: 'GONE', oldest: expect.stringMatching(/^20\d\d-/) });
    expect(gone.message).toMatch(/oldest change kept is of 20.*changesToken/);
    expect(await refused(`${resumeToken}x`)).toMatchObject({ extensions: { code: 'BAD_RESUME_TOKEN' } });
    expect(await refused(resumeToken.slice(3))).toMatchObject({ extensions: { code: 'BAD_RESUME_TOKEN' } });
    const foreign = writeResumeToken('another', new Array(12).fill(0));
    expect(await refused(foreign)).toMatchObject({ extensions: { code: 'GONE' } });
    const future = writeResumeToken(world.store.incarnation, new Array(12).fill(99));
    expect(await refused(future)).toMatchObject({ extensions: { code: 'GONE' } });
    const now = tell(world.webSocket(), SMALL, { from: all.events[2].resumeToken });
    await until('what came since', () => now.events.length === 1);
  });

  test('who takes too slowly loses the stream, not an event', async () => {
    world = await openSubscriptions(await newPlace(), { maxBufferedEvents: 5 });
    const query = `subscription ($from: String) { customerChanged(from: $from) { sequence resumeToken after { manager } } }`;
    const from = await token();
    const url = `${world.server.url}/graphql/stream?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify({ from }))}`;
    const [read, end] = await new Promise<[() => void, Promise<string>]>((resolve) => {
      get(url, { headers: { accept: 'text/event-stream' } }, (response) => {
        let text = '';
        const ended = new Promise<string>((done) => response.on('end', () => done(text)));
        // Nothing is taken from the connection until it is read.
        resolve([() => response.on('data', (chunk) => (text += chunk)), ended]);
      });
    });
    const count = 120;
    for (let version = 1; version <= count; version += 1)
      await world.see('erp', 'partner', customer('1', version, { manager: `${version}${'x'.repeat(100_000)}` }));
    await until('the drop', async () => (await droppedSubscriptions.get()).values.some(({ value }) => value > 0));
    read();
    const text = await end;
    const answers = [...text.matchAll(/^data: (\{.*\})$/gm)].map((match) => JSON.parse(match[1]!));
    const dropped = answers.at(-1).errors[0];
    expect(dropped).toMatchObject({ extensions: { code: 'SLOW_CONSUMER', resumeToken: expect.any(String) } });
    expect(text.trimEnd()).toMatch(/event: complete\ndata:$/);
    const before = answers.slice(0, -1).map(({ data }) => data.customerChanged.sequence);
    const rest = tell(world.webSocket(), SMALL, { from: dropped.extensions.resumeToken });
    await until('the rest', () => rest.events.at(-1)?.sequence === count);
    const all = [...before, ...rest.events.map(({ sequence }) => sequence)];
    expect(all).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  }, 60_000);

  test('limits hold, and errors are shown as those of queries', async () => {
    world = await openSubscriptions(await newPlace(), {
      maxDepth: 7,
      maxCost: 1000,
      maxSubscriptions: 3,
      maxSubscriptionsPerConnection: 2,
    });
    const code = async (query: string, variables = {}) => {
      const [error] = await tell(world.webSocket(), query, variables).ended.then(
        () => [],
        (errors) => errors,
      );
      return error?.extensions?.code;
    };
    const deep = '{ customerChanged { customer { orders { nodes { customer { orders { nodes { id } } } } } } } }';
    expect(await code(`subscription ${deep}`)).toBe('QUERY_TOO_DEEP');
    const costly = '{ customerChanged { customer { orders(first: 1000) { nodes { id lines { nodes { id } } } } } } }';
    expect(await code(`subscription ${costly}`)).toBe('QUERY_TOO_COSTLY');
    expect(await code('subscription { nothing }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await code('subscription {')).toBe('GRAPHQL_PARSE_FAILED');
    expect(await code(SMALL, { from: 1 })).toBe('BAD_USER_INPUT');
    expect(await code(FOLLOW, { ids: [] })).toBe('BAD_USER_INPUT');
    expect(await code(FOLLOW, { filter: { name: { eq: null } } })).toBe('BAD_USER_INPUT');
    expect(await world.ask('subscription { customerChanged { id } }')).toMatchObject({
      errors: [{ extensions: { code: 'STREAM_NEEDED' } }],
    });
    const client = world.webSocket();
    const [one, two, three] = [tell(client, SMALL), tell(client, SMALL), tell(client, SMALL)];
    expect(await three!.ended.catch(([error]) => error.extensions.code)).toBe('TOO_MANY_SUBSCRIPTIONS');
    const other = world.webSocket();
    tell(other, SMALL);
    await until('three to be open', async () => (await openSubscriptionsGauge.get()).values[0]?.value === 3);
    expect(await code(SMALL)).toBe('TOO_MANY_SUBSCRIPTIONS');
    one!.stop();
    await until('the place to be free', () => {
      const again = tell(client, SMALL);
      return new Promise((resolve) => {
        again.ended.catch(() => resolve(false));
        setTimeout(() => resolve(true), 50);
      });
    });
    two!.stop();
  });

  test('a query over a stream is answered once', async () => {
    world = await openSubscriptions(await newPlace());
    await seeName('1', 1, 'Ada');
    for (const client of [world.webSocket(), world.eventStream()]) {
      const told = tell(client, '{ customers { nodes { name } } changesToken }');
      await told.ended;
      expect(told.answers).toMatchObject([{ data: { customers: { nodes: [{ name: 'Ada' }] } } }]);
    }
  });

  test('a foreign Host or Origin is refused, and who does not begin is closed', async () => {
    world = await openSubscriptions(await newPlace());
    const url = `${world.server.url.replace('http', 'ws')}/graphql`;
    const opened = (headers: Record<string, string>) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
        socket.on('open', () => socket.on('close', resolve));
        socket.on('error', () => {});
      });
    expect(await opened({ host: 'evil.example.org' })).toBe(403);
    expect(await opened({ origin: 'https://evil.example.org' })).toBe(403);
    const streamed = await fetch(`${world.server.url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://evil.example.org' },
      body: JSON.stringify({ query: SMALL }),
    });
    expect(streamed.status).toBe(403);
    const plain = await fetch(`${world.server.url}/graphql/stream`, { method: 'POST', body: '{}' });
    expect(plain.status).toBe(415);
    expect(await opened({ origin: 'http://localhost:3000' })).toBe(4408);
  });

  test('clients that go at any moment leave nothing behind', async () => {
    world = await openSubscriptions(await newPlace());
    const from = await token();
    const url = `${world.server.url}/graphql/stream?query=${encodeURIComponent(SMALL)}&variables=${encodeURIComponent(JSON.stringify({ from }))}`;
    const left = Array.from({ length: 30 }, async (_, at) => {
      const going = new AbortController();
      setTimeout(() => going.abort(), at);
      await fetch(url, { headers: { accept: 'text/event-stream' }, signal: going.signal })
        .then((response) => response.text())
        .catch(() => {});
    });
    const sockets = Array.from({ length: 10 }, (_, at) => {
      const socket = new WebSocket(`${world.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      socket.on('error', () => {});
      socket.on('open', () => {
        socket.send('{"type":"connection_init"}');
        setTimeout(() => socket.terminate(), at * 2);
      });
      socket.on('message', () =>
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SMALL, variables: { from } } })),
      );
      return new Promise((resolve) => socket.on('close', resolve));
    });
    await Promise.all([...left, ...sockets]);
    await until('none to be open', async () => (await openSubscriptionsGauge.get()).values[0]?.value === 0);
  });

  test('when the hub stops, sockets go away and event streams are complete', async () => {
    world = await openSubscriptions(await newPlace());
    const from = await token();
    await seeName('1', 1, 'Ada');
    const socket = tell(world.webSocket(), SMALL, { from });
    const stream = tell(world.eventStream(), SMALL, { from });
    await until('both', () => socket.events.length + stream.events.length === 2);
    await world.server.close();
    await stream.ended;
    expect(await socket.ended.catch((closed) => closed.code)).toBe(1001);
  });

  test('all who ask the same share one statement for what they ask of the graph', async () => {
    world = await openSubscriptions(await newPlace());
    const from = await token();
    const client = world.webSocket();
    const query = 'subscription ($from: String) { customerChanged(from: $from) { customer { name } } }';
    const told = Array.from({ length: 20 }, () => tell(client, query, { from }));
    await seeName('0', 1, 'first');
    await until('all', () => told.every(({ events }) => events.length === 1));
    const reads: string[] = [];
    const { reader } = world.store;
    const all = reader.all.bind(reader);
    reader.all = (text, params) => {
      if (text.includes('golden_customer')) reads.push(text);
      return all(text, params);
    };
    await world.see('erp', 'partner', ...['1', '2', '3'].map((key) => customer(key, 1, { name: 'more' })));
    await until('all', () => told.every(({ events }) => events.length === 4));
    expect(reads.length).toBeLessThanOrEqual(3);
  });

  describe('an EventSource', () => {
    test('that comes back goes on behind the last event', async () => {
      world = await openSubscriptions(await newPlace());
      const from = await token();
      await seeName('1', 1, 'Ada');
      await seeName('1', 2, 'Bo');
      const url = (variables: object) =>
        `${world.server.url}/graphql/stream?query=${encodeURIComponent(SMALL)}&variables=${encodeURIComponent(JSON.stringify(variables))}`;
      const first = async (headers: Record<string, string>) => {
        const stopping = new AbortController();
        const response = await fetch(url({ from }), {
          headers: { accept: 'text/event-stream', ...headers },
          signal: stopping.signal,
        });
        let text = '';
        for await (const chunk of response.body!) {
          text += Buffer.from(chunk).toString();
          if (text.includes('data: ')) break;
        }
        stopping.abort();
        return { id: /^id: (.*)$/m.exec(text)?.[1] ?? '', text };
      };
      const one = await first({});
      expect(one.text).toContain('"sequence":1');
      const two = await first({ 'last-event-id': one.id });
      expect(two.text).not.toContain('"sequence":1,');
      expect(two.text).toContain('"sequence":2');
    });
  });
});
