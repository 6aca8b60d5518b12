import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { buildPackage, ROOT } from '../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../support/demo-systems.ts';
import { type Edits, editsOf } from '../support/edits.ts';
import { type Data, type HubProcess, startHubProcess } from '../support/hub-process.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const KILLS = 4;

let systems: DemoSystems;
let edits: Edits;
let hub: HubProcess;
let receiver: WebhookReceiver;

const start = (env: Readonly<Record<string, string>> = {}) =>
  startHubProcess({
    config: join(ROOT, 'tests/support/webhooks.config.ts'),
    data: join(systems.folder, 'hub'),
    env: { ...systems.env, ...env },
  });

beforeAll(async () => {
  await buildPackage();
  systems = await startDemoSystems();
  edits = editsOf(systems);
  receiver = await WebhookReceiver.start();
  hub = await start();
  await hub.ready();
}, 180_000);

afterAll(async () => {
  await hub?.stop();
  await receiver?.down();
  await systems?.stop();
});

const FIELDS = 'id state reason behind waitingKeys givenUp failingSince';

async function register(path: string, entities: readonly string[]): Promise<string> {
  const { hubCreateWebhook: made }: Data = await hub.ask(
    `mutation ($input: HubWebhookInput!) { hubCreateWebhook(input: $input) { secret webhook { ${FIELDS} } } }`,
    { input: { url: receiver.url(path), entities, description: 'a test' } },
  );
  expect(made.webhook).toMatchObject({ state: 'ACTIVE', waitingKeys: 0 });
  receiver.secrets.set(path, made.secret);
  return made.webhook.id;
}

const one = async (id: string): Promise<Data> =>
  (await hub.ask(`query ($id: ID!) { hubWebhook(id: $id) { ${FIELDS} } }`, { id })).hubWebhook;

/** Change rows of orders since the endpoint was made, by canonical id. */
function committed(entity: string, since: ReadonlySet<string>): ReadonlyMap<string, readonly number[]> {
  const store = new Database(join(systems.folder, 'hub', 'hub.sqlite'), { readonly: true });
  try {
    const rows = store
      .prepare('select canonical_id as id, sequence from change_row where entity = ? order by id, sequence')
      .all(entity) as readonly { readonly id: string; readonly sequence: number }[];
    const found = new Map<string, number[]>();
    for (const { id, sequence } of rows) {
      if (!since.has(`${id}:${sequence}`)) found.set(id, [...(found.get(id) ?? []), sequence]);
    }
    return found;
  } finally {
    store.close();
  }
}

const flat = (changes: ReadonlyMap<string, readonly number[]>) =>
  new Set([...changes].flatMap(([id, sequences]) => sequences.map((sequence) => `${id}:${sequence}`)));

test('through kills of the hub and falls of the receiver every change arrives, in order, under one id', async () => {
  const before = flat(committed('SalesOrder', new Set()));
  const id = await register('/orders', ['SalesOrder']);
  const orders = systems.erp.store.table('A_SalesOrder').select({ limit: 12 }) as readonly Data[];
  const edit = async (round: number) => {
    for (const { SalesOrder } of orders) {
      await edits.erp.update('API_SALES_ORDER_SRV', `A_SalesOrder('${SalesOrder}')`, {
        PurchaseOrderByCustomer: `Round ${round}`,
      });
    }
  };
  const expected = () => committed('SalesOrder', before);
  // Slow enough that a kill meets requests under way.
  receiver.answer = () => ({ afterMs: 15 });
  for (let round = 1; round <= KILLS; round += 1) {
    const known = receiver.received.length;
    await edit(round);
    await until('some of the round', () => receiver.received.length > known + round);
    if (round % 2 === 0) await receiver.down();
    await hub.kill();
    hub = await start();
    if (round % 2 === 0) await receiver.up();
  }
  await hub.ready();
  await edit(KILLS + 1);
  const total = () => [...expected().values()].reduce((sum, { length }) => sum + length, 0);
  await until('the last round to be captured', async () => {
    const query = `{ salesOrders(first: 1, filter: { customerReference: { eq: "Round ${KILLS + 1}" } }) { totalCount } }`;
    return (await hub.ask(query)).salesOrders.totalCount === orders.length;
  });
  await until(
    'all of it',
    () => {
      const arrived = receiver.sequences();
      for (const [key, sequences] of expected())
        if (arrived.get(key)?.join() !== sequences.join())
          throw new Error(`${key}: ${sequences} committed, ${arrived.get(key)} arrived`);
      return true;
    },
    60_000,
  );
  expect(total()).toBeGreaterThanOrEqual(orders.length);
  const ids = new Map<string, Set<string>>();
  for (const { id: hookId, body, status } of receiver.received) {
    expect(status).toBe(200);
    const key = `${body.subject}:${body.sequence}`;
    ids.set(key, (ids.get(key) ?? new Set()).add(hookId));
  }
  expect([...ids.values()].every(({ size }) => size === 1)).toBe(true);
  await until('it to be at rest', async () => {
    const { state, waitingKeys, behind } = await one(id);
    return state === 'ACTIVE' && waitingKeys === 0 && behind === 0;
  });
  await hub.ask('mutation ($id: ID!) { hubDeleteWebhook(id: $id) }', { id });
}, 180_000);

test('an operator sees attempts, pauses, resumes, tests, replays and rotates; the secret is told once', async () => {
  const id = await register('/crm', ['Opportunity', 'Contact']);
  receiver.answer = ({ path, body }) => (path === '/crm' && body.subject !== undefined ? { status: 500 } : {});
  const [opportunity] = systems.crm.store.table('Opportunity').select({ limit: 1 }) as readonly Data[];
  await edits.crm.update('Opportunity', opportunity.Id, { Name: 'Sent to you' });
  const deliveries = async (): Promise<readonly Data[]> =>
    (
      await hub.ask(
        'query ($id: ID!) { hubWebhookDeliveries(id: $id) { eventId entity attempt outcome status error nextAt partition offset } }',
        { id },
      )
    ).hubWebhookDeliveries;
  const [failed] = await until('an attempt', async () => {
    const found = await deliveries();
    return found.length > 0 ? found : undefined;
  });
  expect(failed).toMatchObject({ entity: 'Opportunity', outcome: 'RETRYING', status: 500, error: 'answered 500' });
  const paused = await hub.ask(`mutation ($id: ID!) { hubPauseWebhook(id: $id, reason: "for now") { ${FIELDS} } }`, {
    id,
  });
  expect(paused.hubPauseWebhook).toMatchObject({ state: 'PAUSED', reason: 'for now' });
  const tested = await hub.ask('mutation ($id: ID!) { hubTestWebhook(id: $id) { taken status error latencyMs } }', {
    id,
  });
  expect(tested.hubTestWebhook).toEqual({ taken: true, status: 200, error: null, latencyMs: expect.any(Number) });
  receiver.answer = () => ({});
  const rotated = await hub.ask(
    'mutation ($id: ID!) { hubRotateWebhookSecret(id: $id, keepOldHours: 1) { secret webhook { oldSecretUntil } } }',
    { id },
  );
  expect(rotated.hubRotateWebhookSecret.webhook.oldSecretUntil).not.toBeNull();
  const old = receiver.secrets.get('/crm');
  receiver.secrets.set('/crm', rotated.hubRotateWebhookSecret.secret);
  await hub.ask('mutation ($id: ID!) { hubResumeWebhook(id: $id) { id } }', { id });
  const taken = () => receiver.taken.filter(({ path, body }) => path === '/crm' && body.subject !== undefined);
  const first = await until('the change', () => taken()[0]);
  expect(first.body.data.after).toMatchObject({ name: 'Sent to you' });
  await until('rest', async () => (await one(id)).waitingKeys === 0);
  await hub.ask('mutation ($id: ID!, $from: DateTime!) { hubReplayWebhook(id: $id, from: $from) { id } }', {
    id,
    from: first.body.timestamp,
  });
  await until('the replay', () => taken().length >= 2);
  expect(taken().at(-1)?.id).toBe(first.id);
  const everything = JSON.stringify(await hub.ask('{ hubWebhooks { id url description entities ops fields } }'));
  for (const secret of [old, rotated.hubRotateWebhookSecret.secret]) {
    expect(everything + hub.output()).not.toContain(String(secret).slice('whsec_'.length));
  }
  expect(statSync(join(systems.folder, 'hub', 'hub.sqlite')).mode & 0o077).toBe(0);
}, 120_000);

test('where the config does not allow it, no private address is called, however it is written', async () => {
  const id = await register('/later', ['Customer']);
  await hub.stop();
  hub = await start({ WEBHOOKS_TO_PRIVATE: 'no' });
  const refused = async (url: string) => {
    const { errors } = await hub.answer(
      'mutation ($input: HubWebhookInput!) { hubCreateWebhook(input: $input) { secret } }',
      { input: { url, entities: ['Customer'] } },
    );
    return errors?.[0];
  };
  for (const host of [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '10.0.0.7.',
  ]) {
    expect(await refused(`http://${host}:${receiver.port}/hooks`)).toMatchObject({
      message: expect.stringMatching(/leads to .*webhooks go to public addresses only|cannot be resolved/),
      extensions: { code: 'BAD_USER_INPUT', field: 'url' },
    });
  }
  expect(await refused('https://user:pass@example.com/')).toMatchObject({
    message: expect.stringContaining('credentials'),
  });
  const known = receiver.received.length;
  const { hubTestWebhook: tested } = await hub.ask('mutation ($id: ID!) { hubTestWebhook(id: $id) { taken error } }', {
    id,
  });
  expect(tested).toEqual({ taken: false, error: expect.stringContaining('leads to 127.0.0.1, a loopback address') });
  expect(receiver.received).toHaveLength(known);
}, 90_000);
