import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rt } from 'isthmus/connectors/rt';
import { type Connection, type Connections, openConnections } from '#connections';
import type { Page, SourceRecord } from '#sdk';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { canRun } from '../python.ts';
import { CUSTOMER_FIELD, missingForRt, type RtServer, startRt } from './index.ts';

const runs = canRun('Request Tracker', missingForRt()) ? describe : describe.skip;

let server: RtServer;
const opened: Connections[] = [];

function connect(settings: object = {}): Connection {
  const customer = { customField: CUSTOMER_FIELD, connection: 'erp', stream: 'party' };
  const connections = openConnections({ desk: rt({ url: server.url, token: server.token, customer, ...settings }) });
  opened.push(connections);
  return connections.get('desk');
}

runs('Request Tracker, the real one', () => {
  let desk: Connection;

  beforeAll(async () => {
    server = await startRt();
    desk = connect();
    for (let at = 1; at <= 4; at++) {
      await server.createTicket({ Subject: `Ticket ${at}`, Requestor: `person${at}@example.org`, Content: 'Hello' });
    }
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    await Promise.all(opened.map((connections) => connections.close()));
    await server?.stop();
  });

  const snapshot = async (stream: string) => {
    const { abilities } = desk.stream(stream);
    const work = desk.call({ priority: 'background' }, (http) => abilities.snapshot!({ select: [] }, http));
    return (await work).value.records;
  };
  const token = async (stream: string, who = desk) =>
    (await who.call({ priority: 'background' }, (http) => who.stream(stream).abilities.latestToken!(http))).value;

  async function changesAfter(
    stream: string,
    from: string,
    who = desk,
  ): Promise<{ records: SourceRecord[]; token: string }> {
    const { abilities } = who.stream(stream);
    const records: SourceRecord[] = [];
    for (let page: string | undefined; ; ) {
      const request = { token: from, select: [], ...(page !== undefined && { page }) };
      const work = who.call({ priority: 'background' }, (http) => abilities.changes!(request, http));
      const answer: Page & { readonly token?: string } = (await work).value;
      records.push(...answer.records);
      if (answer.next === undefined) return { records, token: answer.token! };
      page = answer.next;
    }
  }

  test('is found, and says its version', async () => {
    expect(await desk.check()).toMatchObject({ status: 'ok', product: 'Request Tracker', version: /^5\./ });
  });

  test('a token that it does not know is told as such', async () => {
    const token = '1-14-00000000000000000000000000000000';
    const result = await connect({ token }).check();
    expect(result).toMatchObject({ status: 'auth' });
    expect(JSON.stringify(result)).not.toContain(token);
  });

  test('tickets and their requestors are mapped', async () => {
    await server.updateTicket('1', { CustomFields: { [CUSTOMER_FIELD]: '4711' } });
    const [first] = (await snapshot('ticket')).flatMap((record) => desk.stream('ticket').map(record));
    expect(first).toMatchObject({
      entity: 'Ticket',
      values: {
        number: '1',
        subject: 'Ticket 1',
        status: 'NEW',
        priority: 'LOW',
        contact: { stream: 'user', key: 'person1@example.org' },
        queue: { stream: 'queue', key: '1' },
        customer: { connection: 'erp', stream: 'party', key: '4711' },
        closedAt: null,
      },
    });
    const people = (await snapshot('user')).flatMap((record) => desk.stream('user').map(record));
    expect(people.map(({ values }) => (values as { email?: string }).email)).toEqual(
      expect.arrayContaining(['person1@example.org', 'person4@example.org']),
    );
    expect(people.map(({ values }) => (values as { name?: string }).name)).not.toContain('Nobody');
  });

  test('an edit, a status and a deletion come with the transactions, whatever the time zone of the user', async () => {
    const before = await token('ticket');
    await server.call('PUT', 'user/root', { Timezone: 'Asia/Tokyo' });
    await server.updateTicket('2', { Subject: 'Renamed' });
    await server.updateTicket('3', { Status: 'resolved' });
    const doomed = await server.createTicket({ Subject: 'To be deleted', Requestor: 'person1@example.org' });
    await server.deleteTicket(doomed);
    const { records, token: after } = await changesAfter('ticket', before);
    const mapped = new Map(records.map((record) => [record.key, record] as const));
    expect(desk.stream('ticket').map(mapped.get('2')!)[0]!.values).toMatchObject({ subject: 'Renamed' });
    const resolved = desk.stream('ticket').map(mapped.get('3')!)[0]!.values as { closedAt: string; status: string };
    expect(resolved.status).toBe('RESOLVED');
    expect(Math.abs(Date.parse(resolved.closedAt) - Date.now())).toBeLessThan(600_000);
    expect(mapped.get(doomed)).toMatchObject({ deleted: true });
    expect(Number(after)).toBeGreaterThan(Number(before));
    expect(Math.abs(mapped.get('2')!.changedAt! - Date.now())).toBeLessThan(600_000);
  });

  test('a merged ticket is gone, and its survivor is not mistaken for it', async () => {
    const before = await token('ticket');
    const [lost, kept] = [
      await server.createTicket({ Subject: 'Twice' }),
      await server.createTicket({ Subject: 'Twice again' }),
    ];
    expect((await server.call('PUT', `ticket/${lost}`, { MergeInto: Number(kept) })).status).toBe(200);
    const { body } = await server.call('GET', `ticket/${lost}`);
    const isMerged = String((body as { id: unknown }).id) === kept;
    const { records } = await changesAfter('ticket', before);
    expect(records.find(({ key }) => key === lost)?.deleted).toBe(isMerged ? true : undefined);
    expect(records.find(({ key }) => key === kept)?.deleted).toBeUndefined();
    expect([...(await desk.stream('ticket').lookupMany([lost, kept])).keys()]).toEqual(
      isMerged ? [kept] : [lost, kept],
    );
  });

  test('users are found by name in any spelling, and renamed ones by their transactions', async () => {
    const before = await token('user');
    expect((await server.call('PUT', 'user/person2@example.org', { RealName: 'Person Two' })).status).toBe(200);
    const { records } = await changesAfter('user', before);
    const found = records.find(({ key }) => key === 'person2@example.org')!;
    expect(desk.stream('user').map(found)[0]!.values).toMatchObject({ name: 'Person Two' });
    const looked = await desk.stream('user').lookupMany(['PERSON3@example.org', 'nobody-of-that-name']);
    expect([...looked.keys()]).toEqual(['PERSON3@example.org']);
  });

  test('queues come with their changes, disabled ones besides, and those of the product do not', async () => {
    const before = await token('queue');
    const make = async (Name: string) => {
      const { status, body } = await server.call('POST', 'queue', { Name, CorrespondAddress: `${Name}@example.org` });
      expect(status).toBe(201);
      return (body as { id: string }).id;
    };
    const [returns, old] = [await make('Returns'), await make('Old')];
    expect((await server.call('PUT', `queue/${returns}`, { Description: 'What comes back' })).status).toBe(200);
    expect((await server.call('DELETE', `queue/${old}`)).status).toBe(204);

    const { records } = await changesAfter('queue', before);
    const values = new Map(records.map((record) => [record.key, desk.stream('queue').map(record)[0]?.values] as const));
    const shared = { changedAt: expect.any(String) };
    expect(values.get(returns)).toEqual({
      ...{ name: 'Returns', description: 'What comes back', email: 'Returns@example.org', isActive: true, ...shared },
    });
    expect(values.get(old)).toEqual({
      ...{ name: 'Old', description: null, email: 'Old@example.org', isActive: false, ...shared },
    });
    const all = (await snapshot('queue')).flatMap((record) => desk.stream('queue').map(record));
    const names = all.map((each) => (each.values as { name: string }).name);
    expect(names).toEqual(expect.arrayContaining(['General', 'Returns', 'Old']));
    expect(names.filter((name) => name.startsWith('___'))).toEqual([]);
    const looked = await desk.stream('queue').lookupMany([old, '9999', 'Returns', returns]);
    expect([...looked.keys()].toSorted()).toEqual([returns, old].toSorted());
  });

  test('who may see one queue alone is shown that, and its tickets', async () => {
    const clerk = connect({ token: server.clerkToken, pageSize: 1 });
    const { abilities } = clerk.stream('queue');
    const work = clerk.call({ priority: 'background' }, (http) => abilities.listIds!({}, http));
    expect((await work).value).toEqual({ keys: ['1'], next: '2' });
    const rest = clerk.call({ priority: 'background' }, (http) => abilities.listIds!({ page: '2' }, http));
    expect((await rest).value).toEqual({ keys: [] });
    expect((await clerk.stream('ticket').lookupMany(['1'])).size).toBe(1);
  });

  test('who may not see comments is shown the edits between them, however many there are', async () => {
    const clerk = connect({ token: server.clerkToken, pageSize: 2 });
    const talkedOf = await server.createTicket({ Subject: 'Talked of' });
    const before = await token('ticket', clerk);
    const comment = async (count: number) => {
      for (let at = 0; at < count; at++) {
        const said = { Content: 'Between us', ContentType: 'text/plain' };
        expect((await server.call('POST', `ticket/${talkedOf}/comment`, said)).status).toBe(201);
      }
    };
    await comment(5);
    expect(await token('ticket', clerk)).toBe(before);
    await server.updateTicket(talkedOf, { Subject: 'Edited' });
    await comment(5);
    const { records, token: after } = await changesAfter('ticket', before, clerk);
    expect(records.findLast(({ key }) => key === talkedOf)?.source).toMatchObject({ Subject: 'Edited' });
    expect(Number(after)).toBeGreaterThan(Number(before));
    expect(await token('ticket', clerk)).toBe(after);
  });

  test('only the queues that are named are read', async () => {
    expect((await server.call('POST', 'queue', { Name: 'Billing' })).status).toBe(201);
    const billing = await server.createTicket({ Queue: 'Billing', Subject: 'An invoice' });
    const some = connect({ queues: ['Billing'] });
    const { abilities } = some.stream('ticket');
    const work = some.call({ priority: 'background' }, (http) => abilities.snapshot!({ select: [] }, http));
    expect((await work).value.records.map(({ key }) => key)).toEqual([billing]);
    const { abilities: queues } = some.stream('queue');
    const read = some.call({ priority: 'background' }, (http) => queues.snapshot!({ select: [] }, http));
    expect((await read).value.records.map(({ source }) => (source as { Name: string }).Name)).toEqual(['Billing']);
  });
});
