/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { pruneChanges } from '#events';
import { listDeliveries } from '#webhooks';
import { until } from '../support/until.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { describeEachStore, missingPart, postgresPlaces } from '../systems/postgres/index.ts';
import { customer } from './topics-world.ts';
import { openWebhooks, type WebhooksWorld } from './webhooks-world.ts';

describeEachStore('webhooks', (newPlace) => {
  let world: WebhooksWorld;
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(async () => {
    await world?.close();
    await receiver.down();
  });

  test('every change arrives signed, in order per key, as the topics have it', async () => {
    world = await openWebhooks(await newPlace());
    await world.register(receiver);
    for (let version = 1; version <= 5; version += 1) await world.change(version);
    await world.see('erp', 'partner', { key: '3', version: 9, deleted: true });
    await world.allTaken(receiver);
    expect(receiver.outOfOrder()).toEqual([]);
    expect(receiver.received.filter(({ status }) => status !== 200)).toEqual([]);
    const id = await world.id('erp', 'partner', '4');
    const last = receiver.taken.findLast(({ body }) => body.subject === id);
    expect(last?.body).toEqual({
      type: 'isthmus.Customer.changed.v1',
      timestamp: expect.stringMatching(/^20\d\d-.*Z$/),
      subject: id,
      sequence: 5,
      origin: 'erp',
      data: {
        op: 'update',
        before: expect.objectContaining({ id, name: 'Name 4' }),
        after: expect.objectContaining({ id, name: 'Name 5' }),
        changed: ['name'],
        owners: expect.objectContaining({ name: 'erp' }),
      },
    });
    expect(last?.id).toBe(`${world.store.incarnation}:${id}:5`);
    expect(receiver.received.map(({ text }) => text).join()).not.toContain('tok_');
  });

  test('a key that is refused waits with all behind it, the others go on', async () => {
    world = await openWebhooks(await newPlace());
    await world.register(receiver);
    await world.change(1);
    await world.allTaken(receiver);
    const stuck = (await world.id('erp', 'partner', '2')) ?? '';
    const refusals = new Set<string>();
    let isOpen = false;
    receiver.answer = ({ id, body }) => {
      if (body.subject !== stuck || isOpen) return {};
      refusals.add(id);
      return { status: 500 };
    };
    await world.change(2);
    await world.change(3);
    const others = () => [...receiver.sequences()].filter(([key]) => key !== stuck);
    await until('the others', () => others().every(([, sequences]) => sequences.join() === '1,2,3'));
    await until('more tries', () => receiver.received.filter(({ id }) => refusals.has(id)).length >= 3);
    // The second event only: its successor waits behind it.
    expect(refusals.size).toBe(1);
    isOpen = true;
    await world.allTaken(receiver);
    expect(receiver.outOfOrder()).toEqual([]);
  });

  test('a receiver that is down gets everything in order when it is back, also after a restart', async () => {
    world = await openWebhooks(await newPlace());
    const id = await world.register(receiver);
    await world.change(1);
    await world.allTaken(receiver);
    await receiver.down();
    await world.change(2, 20);
    await until('it to be failing', async () => (await world.status(id)).state === 'failing');
    const { waitingKeys, failingSince } = await world.status(id);
    expect([waitingKeys > 0, failingSince !== null]).toEqual([true, true]);
    await world.restart();
    await world.change(3, 20);
    await world.change(4, 20);
    await receiver.up();
    await world.allTaken(receiver);
    expect(receiver.outOfOrder()).toEqual([]);
    await until('it to be well', async () => {
      const { state, waitingKeys: left, behind, nextAttemptAt } = await world.status(id);
      return state === 'active' && left === 0 && behind === 0 && nextAttemptAt === null;
    });
    const failed = await listDeliveries(world.store, id, { first: 10, failedOnly: true });
    expect(failed[0]).toMatchObject({ outcome: 'retrying', status: null, error: 'refused the connection' });
  });

  test('a retry carries the same id, and a restart goes on with what waits', async () => {
    world = await openWebhooks(await newPlace());
    const id = await world.register(receiver);
    receiver.answer = () => ({ status: 503 });
    await world.change(1, 1);
    await until('two tries', () => receiver.received.length >= 2);
    await world.restart();
    receiver.answer = () => ({});
    await world.allTaken(receiver);
    expect(new Set(receiver.received.map((hook) => hook.id)).size).toBe(1);
    await until('the deliveries', async () => {
      const [newest] = await listDeliveries(world.store, id, { first: 1, failedOnly: false });
      return newest?.outcome === 'taken' && newest.attempt >= 3;
    });
  });

  test('410 disables an endpoint, and resuming goes on where it stopped', async () => {
    world = await openWebhooks(await newPlace());
    const id = await world.register(receiver);
    receiver.answer = () => ({ status: 410 });
    await world.change(1, 3);
    await until('it to be disabled', async () => (await world.status(id)).state === 'disabled');
    expect((await world.status(id)).reason).toContain('410');
    receiver.answer = () => ({});
    await world.change(2, 3);
    await world.webhooks.resume(id);
    await world.allTaken(receiver);
  });

  test('an endpoint that takes nothing for long is paused, and nothing is lost', async () => {
    world = await openWebhooks(await newPlace(), { pauseAfterHours: 0.3 / 3600 });
    const id = await world.register(receiver);
    receiver.answer = () => ({ status: 500, body: 'secret words of the receiver' });
    await world.change(1, 3);
    await until('it to be paused', async () => (await world.status(id)).state === 'paused');
    expect((await world.status(id)).reason).toMatch(/Nothing was taken since 20.*answered 500/);
    const tries = receiver.received.length;
    await world.change(2, 3);
    await world.restart();
    expect(receiver.received).toHaveLength(tries);
    const deliveries = await listDeliveries(world.store, id, { first: 100, failedOnly: true });
    expect(JSON.stringify(deliveries)).not.toContain('secret words');
    receiver.answer = () => ({});
    await world.webhooks.resume(id);
    await world.allTaken(receiver);
  });

  test('an event that is refused for too long is given up, and its key goes on', async () => {
    world = await openWebhooks(await newPlace(), {
      retry: { firstSeconds: 0.02, longestSeconds: 0.05, hours: 0.3 / 3600 },
    });
    const id = await world.register(receiver);
    await world.change(1, 5);
    await world.allTaken(receiver);
    const key = (await world.id('erp', 'partner', '0')) ?? '';
    receiver.answer = ({ body }) => (body.subject === key && body.sequence === 2 ? { status: 422 } : {});
    // Others are taken meanwhile, so it is the event that is wrong and not the endpoint.
    for (let version = 2; version <= 4; version += 1) await world.change(version, 5);
    await until('the key to go on', () => receiver.sequences().get(key)?.join() === '1,3,4');
    await until('the count', async () => (await world.status(id)).givenUp === 1);
    const [given] = (await listDeliveries(world.store, id, { first: 50, failedOnly: true })).filter(
      ({ outcome }) => outcome === 'given-up',
    );
    expect(given).toMatchObject({ canonicalId: key, status: 422, error: 'answered 422', nextAt: null });
  });

  test('who asks to be left alone is', async () => {
    world = await openWebhooks(await newPlace());
    const id = await world.register(receiver);
    receiver.answer = () => ({ status: 429, headers: { 'retry-after': '2' } });
    const before = Date.now();
    await world.change(1, 4);
    await until('a refusal', async () => ((await world.status(id)).holdUntil ?? 0) > before + 1000);
    const refused = receiver.received.length;
    receiver.answer = () => ({});
    await world.allTaken(receiver);
    expect(refused).toBeLessThanOrEqual(4);
    const first = receiver.taken[0];
    expect(Number(first?.headers['webhook-timestamp']) * 1000).toBeGreaterThanOrEqual(before + 1000);
  });

  test('redirects are not followed', async () => {
    world = await openWebhooks(await newPlace());
    const other = await WebhookReceiver.start();
    try {
      const id = await world.register(receiver);
      receiver.answer = () => ({ status: 307, headers: { location: other.url() } });
      await world.change(1, 1);
      const [failed] = await until('a failure', async () => {
        const found = await listDeliveries(world.store, id, { first: 1, failedOnly: true });
        return found.length > 0 ? found : undefined;
      });
      expect(failed?.error).toBe('answered 307; redirects are not followed');
      expect(other.received).toEqual([]);
    } finally {
      await other.down();
    }
  });

  test('a replay sends again in order from a moment or a place, and what is no longer kept is refused', async () => {
    world = await openWebhooks(await newPlace());
    const id = await world.register(receiver);
    await world.change(1, 5);
    await world.allTaken(receiver);
    const moment = world.store.clock() + 1;
    await until('the moment', () => world.store.clock() >= moment);
    await world.change(2, 5);
    await world.allTaken(receiver);
    await world.webhooks.replay(id, { from: moment });
    await until('the replay', () => receiver.taken.length === 15);
    expect(receiver.taken.slice(10).map(({ body }) => body.sequence)).toEqual([2, 2, 2, 2, 2]);
    expect(new Set(receiver.taken.slice(10).map((hook) => hook.id)).size).toBe(5);
    await world.webhooks.replay(id, { from: 0 });
    await until('all of it', () => receiver.taken.length === 25);
    const [{ partition } = { partition: 0 }] = await listDeliveries(world.store, id, { first: 1, failedOnly: false });
    await world.webhooks.replay(id, { offsets: [{ partition, offset: 0 }] });
    await until('one partition', () => receiver.taken.length > 25);
    expect(await pruneChanges(world.store, moment)).toBe(5);
    await expect(world.webhooks.replay(id, { from: moment - 10 })).rejects.toMatchObject({ code: 'GONE' });
    await expect(world.webhooks.replay(id, { from: moment - 10 })).rejects.toThrow(/oldest change kept is of 20/);
    await expect(world.webhooks.replay(id, { offsets: [{ partition, offset: 0 }] })).rejects.toMatchObject({
      code: 'GONE',
    });
    await expect(world.webhooks.replay(id, { offsets: [{ partition: 99, offset: 0 }] })).rejects.toMatchObject({
      code: 'CONFIG',
    });
  });

  test('a gap is told, and resuming goes on behind it', async () => {
    world = await openWebhooks(await newPlace());
    const id = await world.register(receiver);
    await world.webhooks.pause(id, 'while we move');
    expect(await world.status(id)).toMatchObject({ state: 'paused', reason: 'while we move' });
    await world.change(1, 5);
    await world.change(2, 5);
    await until('places', async () => (await world.status(id)).behind === 10);
    await pruneChanges(world.store, world.store.clock() + 1);
    await world.webhooks.resume(id);
    await until('the gap', async () => (await world.status(id)).state === 'gap');
    expect((await world.status(id)).reason).toContain('no longer kept');
    await world.webhooks.resume(id);
    await world.change(3, 5);
    await until('what is new', () => receiver.taken.length === 5);
    expect(receiver.taken.every(({ body }) => body.sequence === 3)).toBe(true);
    expect((await world.status(id)).state).toBe('active');
  });

  test('during a rotation either secret verifies, afterwards the new one', async () => {
    world = await openWebhooks(await newPlace());
    const { id, secret: old } = await world.webhooks.create({ url: receiver.url(), entities: ['Customer'] });
    const rotated = await world.webhooks.rotateSecret(id, 1);
    expect(rotated.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await world.status(id)).oldSecretUntil).toBeGreaterThan(Date.now());
    await world.change(1, 1);
    const verifies = (secret: string, { text, headers }: (typeof receiver.received)[number]) => {
      try {
        return Boolean(new Webhook(secret).verify(text, headers as Record<string, string>));
      } catch {
        return false;
      }
    };
    const first = await until('the first', () => receiver.taken[0]);
    expect([verifies(old, first), verifies(rotated.secret, first)]).toEqual([true, true]);
    const last = await world.webhooks.rotateSecret(id, 0);
    await world.change(2, 1);
    const second = await until('the second', () => receiver.taken[1]);
    expect([old, rotated.secret, last.secret].map((secret) => verifies(secret, second))).toEqual([false, false, true]);
  });

  test('an endpoint gets what it asked for: entities, kinds of change, fields', async () => {
    world = await openWebhooks(await newPlace());
    await world.register(receiver, { url: receiver.url('/deletes'), ops: ['delete'] });
    const names = await world.register(receiver, { url: receiver.url('/names'), ops: ['update'], fields: ['name'] });
    const see = (version: number, values: Record<string, unknown>) =>
      world.see('erp', 'partner', { key: '1', version, mapped: [customer(values)] });
    await see(1, { number: '1', name: 'Ada' });
    await see(2, { number: '2', name: 'Ada' });
    await see(3, { number: '2', name: 'Eve' });
    await world.see('erp', 'partner', { key: '1', version: 4, deleted: true });
    await until('two', () => receiver.taken.length === 2);
    await until('the log to be read', async () => (await world.status(names)).behind === 0);
    expect(receiver.taken.map(({ path, body }) => [path, body.sequence]).toSorted()).toEqual([
      ['/deletes', 4],
      ['/names', 3],
    ]);
    await world.webhooks.update(names, { fields: null, ops: null });
    await see(5, { number: '2', name: 'Eve' });
    await until('more', () => receiver.taken.some(({ path, body }) => path === '/names' && body.sequence === 5));
    await world.webhooks.delete(names);
    await expect(world.webhooks.pause(names, null)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an endpoint that moved is tried at its new place at once', async () => {
    world = await openWebhooks(await newPlace(), { retry: { firstSeconds: 600, longestSeconds: 600, hours: 1 } });
    const id = await world.register(receiver);
    receiver.answer = ({ path }) => (path === '/hooks' ? { status: 404 } : {});
    await world.change(1, 8);
    await until('it to be failing', async () => (await world.status(id)).state === 'failing');
    receiver.secrets.set('*', receiver.secrets.get('/hooks') ?? '');
    await world.webhooks.update(id, { url: receiver.url('/moved') });
    await world.allTaken(receiver);
    expect(receiver.outOfOrder()).toEqual([]);
  });

  test('a test delivery tells the answer at once', async () => {
    world = await openWebhooks(await newPlace());
    const id = await world.register(receiver);
    expect(await world.webhooks.test(id)).toMatchObject({ taken: true, status: 200, error: null });
    expect(receiver.taken[0]?.body).toMatchObject({ type: 'isthmus.webhook.test.v1', data: { endpoint: id } });
    await receiver.down();
    expect(await world.webhooks.test(id)).toMatchObject({
      taken: false,
      status: null,
      error: 'refused the connection',
    });
  });

  test('many keys are under way together, never two events of one', async () => {
    world = await openWebhooks(await newPlace(), { concurrency: 4 });
    await world.register(receiver);
    const underWay = new Set<string>();
    const doubled: string[] = [];
    receiver.answer = async ({ id, body }) => {
      if (underWay.has(body.subject)) doubled.push(id);
      underWay.add(body.subject);
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay.delete(body.subject);
      return {};
    };
    for (let version = 1; version <= 3; version += 1) await world.change(version, 12);
    await world.allTaken(receiver);
    expect([doubled, receiver.outOfOrder()]).toEqual([[], []]);
    expect(receiver.mostUnderWay).toBe(4);
  });
});

// Without PostgreSQL `describeEachStore` has said so.
if (missingPart() === undefined)
  describe('webhooks of several hubs on one PostgreSQL', () => {
    const newPlace = postgresPlaces();

    test('one of them sends at a time, another goes on when it ends, and each may be asked', async () => {
      const place = await newPlace();
      const receiver = await WebhookReceiver.start();
      const first = await openWebhooks(place, {}, { leaseMs: 1000 });
      const second = await openWebhooks(place, {}, { leaseMs: 1000 });
      try {
        await first.register(receiver);
        await first.change(1);
        await first.allTaken(receiver);
        // Asked of one, done by the other.
        const id = await second.register(receiver, { url: receiver.url('/second') });
        await until('the second endpoint', async () => {
          await first.change(2 + receiver.taken.length);
          return receiver.taken.some(({ path }) => path === '/second');
        });
        await first.webhooks.stop();
        await second.change(100_000);
        await until(
          'what the other sends',
          () => receiver.taken.filter(({ body }) => body.data.after.name === 'Name 100000').length === 20,
        );
        expect(receiver.outOfOrder('/hooks')).toEqual([]);
        await until('rest', async () => (await second.status(id)).behind === 0);
      } finally {
        await second.close();
        await first.close();
        await receiver.down();
      }
    });
  });
