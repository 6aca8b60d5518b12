import { join } from 'node:path';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { buildPackage, ROOT } from '../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../support/demo-systems.ts';
import { type Edits, editsOf } from '../support/edits.ts';
import { type HubProcess, startHubProcess } from '../support/hub-process.ts';
import { until } from '../support/until.ts';
import { describeEachStore } from '../systems/postgres/index.ts';
import { type Data, tell } from './subscriptions-world.ts';

// Processes start and stop in these tests, and the machine may have other work.
jest.setTimeout(180_000);

let systems: DemoSystems;
let edits: Edits;

beforeAll(async () => {
  await buildPackage();
  systems = await startDemoSystems();
  edits = editsOf(systems);
}, 180_000);
afterAll(() => systems?.stop());

const CHANGED = `subscription ($from: String, $filter: CustomerChangeFilter) {
  customerChanged(from: $from, filter: $filter) {
    op id origin changed before { phone } after { phone name } resumeToken
    customer { phone opportunities(first: 1) { totalCount } provenance(fields: [phone]) { connection } }
  }
}`;

describeEachStore('a hub', (newPlace, kind) => {
  let hub: HubProcess;
  const folder = () => join(systems.folder, `hub-${kind}`);
  let env: Readonly<Record<string, string>>;
  const start = () =>
    startHubProcess({ config: join(ROOT, 'tests/support/subscriptions-demo.config.ts'), data: folder(), env });
  const socketUrl = () => `${hub.url.replace('http', 'ws')}/graphql`;

  describe('tells subscribers', () => {
    // In here, so that the hub ends before its database does.
    beforeAll(async () => {
      const place = await newPlace();
      env = { ...systems.env, ...(place.kind === 'postgresql' && { DATABASE_URL: place.url }) };
      hub = await start();
      await hub.ready();
    }, 180_000);
    afterAll(() => hub?.stop());

    test('what a user changes in a system, over each way, and after it was killed goes on from the token', async () => {
      const company = [...systems.records.demo.companies()].find(
        ({ roles, erpView, crmViews }) => roles.join() === 'customer' && erpView && crmViews.length === 1,
      )!;
      const account = company.crmViews[0]!.id;
      const { changesToken } = await hub.ask('{ changesToken }');
      const socket = createWsClient({ url: socketUrl(), webSocketImpl: WebSocket, retryAttempts: 0 });
      const stream = createSseClient({ url: `${hub.url}/graphql/stream`, retryAttempts: 0 });
      const filter = { phone: { startsWith: '+49 40' } };
      const told = [socket, stream].map((client) => tell(client, CHANGED, { from: changesToken, filter }));
      const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(socket) });
      const byApollo: Data[] = [];
      apollo
        .subscribe({ query: gql(CHANGED), variables: { from: changesToken, filter } })
        .subscribe({ next: (answer) => void byApollo.push(answer), error: () => {} });
      await edits.crm.update('Account', account, { Phone: `+49 40 ${kind}` });
      await until(
        'the change, over every way',
        () => told.every(({ events }) => events.length > 0) && byApollo.length > 0,
      );
      const [change] = told[0]!.events;
      expect(change).toMatchObject({
        op: 'UPDATE',
        origin: 'crm',
        changed: expect.arrayContaining(['phone']),
        after: { phone: `+49 40 ${kind}` },
        customer: { phone: `+49 40 ${kind}`, provenance: [{ connection: 'crm' }] },
      });
      expect(change.before.phone).not.toBe(change.after.phone);
      expect(told[1]!.events[0]).toEqual(change);
      expect(byApollo[0].data.customerChanged.id).toBe(change.id);
      await hub.kill();
      await Promise.allSettled(told.map(({ ended }) => ended));
      await edits.crm.update('Account', account, { Phone: '+49 30 1' });
      hub = await start();
      const again = createWsClient({ url: socketUrl(), webSocketImpl: WebSocket, retryAttempts: 0 });
      const since = tell(again, CHANGED, { from: change.resumeToken, filter });
      await until('what happened since', () => since.events.length > 0, 60_000);
      expect(since.events[0]).toMatchObject({
        id: change.id,
        before: { phone: `+49 40 ${kind}` },
        after: { phone: '+49 30 1' },
      });
      apollo.stop();
      await socket.dispose();
      await again.dispose();
      stream.dispose();
    });
  });
});
