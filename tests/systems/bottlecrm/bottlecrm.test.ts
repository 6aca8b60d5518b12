/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bottlecrm } from 'isthmus/connectors/bottlecrm';
import { openConnections } from '#connections';
import { until } from '../../support/until.ts';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { canRun } from '../python.ts';
import { missingForBottleCrm } from './index.ts';
import type { Passed } from './passage.ts';
import { CrmWorld } from './world.ts';

const SUITE = 'BottleCRM';
const describeCrm = canRun(SUITE, missingForBottleCrm()) ? describe : describe.skip;
const ACCOUNTS = 24;
/** Seconds; so seldom that it is not by sweeps that anything is seen in time. */
const SELDOM = 120;

function sorted(milliseconds: readonly number[]): readonly number[] {
  return [...milliseconds].sort((a, b) => a - b);
}

describeCrm(`${SUITE} with its webhooks`, () => {
  let world: CrmWorld;
  let contact: string;
  let deal: string;
  beforeAll(async () => {
    world = await CrmWorld.open({ webhooks: true, sweepEvery: SELDOM, accounts: ACCOUNTS });
  }, INSTALLED_WITHIN_MS);
  afterAll(() => world?.stop());

  const shows = (entity: string, stream: string, key: string, field: string, value: unknown) =>
    until(`${entity}.${field} to be ${value}`, async () => (await world.named(entity, stream, key, field)) === value);

  test('every account is there, with what it is known as elsewhere', async () => {
    const { customers } = await world.parts.hub.ask('{ customers(first: 100) { totalCount nodes { name } } }');
    expect(customers.totalCount).toBe(ACCOUNTS);
    const names = customers.nodes.map(({ name }: { name: string }) => name);
    expect(new Set(names)).toEqual(new Set(Array.from({ length: ACCOUNTS }, (_, index) => `Company ${index}`)));
  });

  test('what is made anew is shown by its webhook, whatever kind it is', async () => {
    const { desk, accounts } = world.parts;
    const account = accounts[0]!;
    contact = await desk.create('contacts', {
      first_name: 'Ada',
      last_name: 'Love',
      email: 'ada@example.org',
      account,
    });
    const lead = await desk.create('leads', { first_name: 'Bo', last_name: 'New', title: 'Bo', status: 'in process' });
    const money = { amount: '5000.10', currency: 'USD', stage: 'PROPOSAL', closed_on: '2027-01-31', probability: 40 };
    deal = await desk.create('opportunities', { name: 'Deal', account, ...money });
    const ticket = { name: 'Broken', status: 'Pending', priority: 'Urgent', account, contacts: [contact] };
    const case_ = await desk.create('cases', ticket);
    await shows('contact', 'contact', contact, 'name', 'Ada Love');
    await shows('lead', 'lead', lead, 'status', 'WORKING');
    await shows('opportunity', 'opportunity', deal, 'stage', 'PROPOSAL');
    await shows('ticket', 'case', case_, 'status', 'WAITING');
    const { record } = await world.parts.hub.ask(`{ record: customerBySource(connection: "crm", stream: "account",
      sourceId: "${account}") { name contacts(first: 5) { nodes { email } } tickets(first: 5) { nodes { priority
      contact { name } } } opportunities(first: 5) { nodes { amount { amount currency } closesOn probability } } } }`);
    expect(record).toEqual({
      name: 'Company 0',
      contacts: { nodes: [{ email: 'ada@example.org' }] },
      tickets: { nodes: [{ priority: 'CRITICAL', contact: { name: 'Ada Love' } }] },
      opportunities: {
        nodes: [{ amount: { amount: '5000.10', currency: 'USD' }, closesOn: '2027-01-31', probability: 40 }],
      },
    });
  });

  test('twenty edits: none is missed, none doubled, each costs one read', async () => {
    const { desk, accounts } = world.parts;
    const [changes, lookups] = [await world.lastChange(), world.lookups()];
    const took: number[] = [];
    for (const [index, key] of accounts.slice(0, 20).entries()) {
      const phone = `+49 40 10000${String(index).padStart(2, '0')}`;
      await desk.edit('accounts', key, { phone });
      const editedAt = Date.now();
      await shows('customer', 'account', key, 'phone', phone);
      took.push(Date.now() - editedAt);
    }
    const made = await world.changesSince(changes);
    expect(made.map(({ entity, op }) => `${entity} ${op}`)).toEqual(Array(20).fill('Customer update'));
    expect(new Set(made.map(({ after }) => JSON.parse(after).phone)).size).toBe(20);
    const reads = world.lookups() - lookups;
    expect(reads).toBe(20);
    const order = sorted(took);
    process.stdout.write(`BottleCRM by webhook: shown after ${order[10]} ms (p50), ${order.at(-1)} ms (most)\n`);
  });

  test('a thousand pushes for one record are a few reads', async () => {
    const { hub, accounts, hookSecret } = world.parts;
    const key = accounts[3]!;
    const before = world.lookups(key);
    const startedAt = Date.now();
    const push = async (number: number) => {
      const body = JSON.stringify({ event: 'account.updated', data: { id: key }, number });
      return (await send(hub.url, body, signature(hookSecret, body))).status;
    };
    const statuses: number[] = [];
    for (let from = 0; from < 1000; from += 50) {
      statuses.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => push(from + index)))));
    }
    expect(new Set(statuses)).toEqual(new Set([202]));
    await until('the last to be read', () => world.lookups(key) > before);
    const seconds = (Date.now() - startedAt) / 1000;
    expect(world.lookups(key) - before).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  });

  test('a forged push, an old one and one that was here before are refused, and nothing is read', async () => {
    const { hub, pushes, hookSecret } = world.parts;
    const genuine = pushes.passed.at(-1) as Passed;
    expect(genuine.status).toBe(202);
    const reads = world.lookups();
    const body = genuine.body.toString('utf8');
    const headers = (value: string) => ({ 'x-bottlecrm-signature': value });
    const old = Date.now() - 301_000;
    for (const refused of [
      await send(hub.url, body, headers(String(genuine.headers['x-bottlecrm-signature']))),
      await send(hub.url, body, signature('whsec_other', body)),
      await send(hub.url, `${body} `, headers(String(genuine.headers['x-bottlecrm-signature']))),
      await send(hub.url, body, signature(hookSecret, body, old)),
      await send(hub.url, body, {}),
    ])
      expect(refused.status).toBe(401);
    expect((await send(hub.url, body, signature(hookSecret, body), 'nobody')).status).toBe(404);
    expect((await fetch(`${hub.url}/hooks/crm`)).status).toBe(405);
    expect(world.lookups()).toBe(reads);
  });

  test('what is deleted is gone soon, by a sweep that the push asked for', async () => {
    const { desk, accounts } = world.parts;
    const gone = accounts[21]!;
    await desk.remove('accounts', gone);
    const isGone = async () => (await world.named('customer', 'account', gone, 'id')) === undefined;
    await until('the account to be gone', isGone, (SELDOM / 2) * 1000);
  }, 90_000);

  test('what is said to be gone, and is not, stays', async () => {
    const { hub, accounts, hookSecret } = world.parts;
    const key = accounts[5]!;
    const before = world.lookups(key);
    const body = JSON.stringify({ event: 'account.deleted', data: { id: key } });
    expect((await send(hub.url, body, signature(hookSecret, body))).status).toBe(202);
    await until('it to be read', () => world.lookups(key) > before);
    expect(await world.named('customer', 'account', key, 'name')).toBe('Company 5');
  });
});

function signature(secret: string, body: string, at = Date.now()): Record<string, string> {
  const seconds = Math.floor(at / 1000);
  const hash = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return { 'x-bottlecrm-signature': `t=${seconds},v1=${hash}` };
}

function send(hub: string, body: string, headers: Record<string, string>, connection = 'crm'): Promise<Response> {
  return fetch(`${hub}/hooks/${connection}`, { method: 'POST', body, headers });
}

describeCrm(`${SUITE} without webhooks`, () => {
  let world: CrmWorld;
  beforeAll(async () => {
    world = await CrmWorld.open({ webhooks: false, sweepEvery: 3, accounts: ACCOUNTS });
  }, INSTALLED_WITHIN_MS);
  afterAll(() => world?.stop());

  test('twenty edits: none is missed, none doubled', async () => {
    const { desk, accounts } = world.parts;
    const changes = await world.lastChange();
    const edited = accounts.slice(0, 20);
    for (const [index, key] of edited.entries()) await desk.edit('accounts', key, { city: `Town ${index}` });
    await until('all to be changed', async () => (await world.changesSince(changes)).length >= 20);
    const sweeps = () => world.parts.calls.passed.filter(({ path }) => path.startsWith('/api/accounts/?')).length;
    const swept = sweeps();
    await until('two more sweeps', () => sweeps() >= swept + 2);
    const made = await world.changesSince(changes);
    expect(made.map(({ entity, op }) => `${entity} ${op}`)).toEqual(Array(20).fill('Customer update'));
    expect(new Set(made.map(({ after }) => JSON.parse(after).address.city)).size).toBe(20);
  });

  test('what is deleted is gone with the next sweep, and a converted lead with it', async () => {
    const { desk, accounts } = world.parts;
    const gone = accounts[22]!;
    const ticket = await desk.create('cases', { name: 'To be deleted', status: 'New', priority: 'Low' });
    await desk.create('cases', { name: 'To stay', status: 'New', priority: 'Low' });
    const lead = await desk.create('leads', {
      last_name: 'Convert',
      email: 'convert@example.org',
      title: 'C',
      company_name: 'Won',
      status: 'assigned',
    });
    await desk.create('leads', { last_name: 'Stay', title: 'S', status: 'assigned' });
    await until('the ticket', async () => (await world.named('ticket', 'case', ticket, 'subject')) === 'To be deleted');
    await until('the lead', async () => (await world.named('lead', 'lead', lead, 'status')) === 'NEW');
    await desk.remove('accounts', gone);
    await desk.remove('cases', ticket);
    await desk.edit('leads', lead, { status: 'converted' });
    const isGone = async (entity: string, stream: string, key: string) =>
      (await world.named(entity, stream, key, 'id')) === undefined;
    await until('the account to be gone', () => isGone('customer', 'account', gone));
    await until('the ticket to be gone', () => isGone('ticket', 'case', ticket));
    await until('the lead to be gone', () => isGone('lead', 'lead', lead));
    const won = '{ customers(first: 100) { nodes { name } } }';
    await until('what the lead became', async () =>
      (await world.parts.hub.ask(won)).customers.nodes.some(({ name }: { name: string }) => name === 'Won'),
    );
  });

  test('no more is asked than the limits allow', () => {
    const at = world.parts.calls.passed.map((each) => each.at);
    const { requestsPerSecond } = bottlecrm.manifest.limits;
    const most = Math.max(...at.map((start) => at.filter((each) => each >= start && each < start + 1000).length));
    // The door sees them a moment after the budget let them go.
    expect(most).toBeLessThanOrEqual(requestsPerSecond + 2);
  });

  test('a killed CRM leaves the answers whole, and is read again when it is back', async () => {
    const { crm, desk, hub, accounts } = world.parts;
    const key = accounts[1]!;
    await crm.kill();
    const source = `connection: "crm", stream: "account", sourceId: "${key}"`;
    const { data, extensions } = await hub.answer(
      `query @maxStaleness(seconds: 0) { customerBySource(${source}) { name phone } }`,
    );
    expect(data.customerBySource.name).toBe('Company 1');
    expect(extensions?.isthmus?.degraded?.[0]?.connection).toBe('crm');
    await crm.restart();
    await desk.edit('accounts', key, { name: 'Company 1 again' });
    await until(
      'the edit',
      async () => (await world.named('customer', 'account', key, 'name')) === 'Company 1 again',
      60_000,
    );
    const { customers } = await hub.ask('{ customers(first: 1) { totalCount } }');
    expect(customers.totalCount).toBe(ACCOUNTS);
  }, 120_000);

  test('is well by check, and a token that it does not know is told as such', async () => {
    const { crm } = world.parts;
    const connections = openConnections({
      right: bottlecrm({ url: crm.url, token: crm.token, currency: 'EUR' }),
      wrong: bottlecrm({ url: crm.url, token: 'bcrm_pat_nobody', currency: 'EUR' }),
    });
    const right = await connections.get('right').check();
    expect(right).toMatchObject({ status: 'ok', product: 'BottleCRM' });
    expect(right.status === 'ok' && right.notes?.join()).toMatch(/webhookSecret/);
    expect(await connections.get('wrong').check()).toMatchObject({
      status: 'auth',
      message: expect.stringContaining('token'),
    });
    await connections.close();
  });
});
