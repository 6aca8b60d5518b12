/** A hub's writing side with webhooks, over the store's own log. */
import { createEnvelope, startPlacement } from '#events';
import { DEFAULT_WEBHOOKS, listWebhooks, startWebhooks, type WebhookSettings, type Webhooks } from '#webhooks';
import { until } from '../support/until.ts';
import type { WebhookReceiver } from '../support/webhook-receiver.ts';
import type { StorePlace } from '../systems/postgres/index.ts';
import { openWorld, type World } from './observe-world.ts';
import { committed, customer } from './topics-world.ts';

export interface WebhooksWorld extends World {
  readonly errors: unknown[];
  readonly webhooks: Webhooks;
  /** An endpoint whose receiver knows its secret. */
  register(receiver: WebhookReceiver, input?: Partial<Parameters<Webhooks['create']>[0]>): Promise<string>;
  /** Stops what sends and starts it again. */
  restart(settings?: Partial<WebhookSettings>): Promise<void>;
  /** A page of customers, each a version further. */
  change(version: number, count?: number): Promise<void>;
  status(id: string): Promise<Awaited<ReturnType<typeof listWebhooks>>[number]>;
  /** Until an endpoint that began before all changes has taken every one of them, in order. */
  allTaken(receiver: WebhookReceiver): Promise<void>;
}

/** So quick that a test need not wait. */
export const QUICK: WebhookSettings = {
  ...DEFAULT_WEBHOOKS,
  allowPrivate: true,
  allowHttp: true,
  retry: { firstSeconds: 0.05, longestSeconds: 0.2, hours: 1 },
  pauseAfterHours: 0.9,
};

export async function openWebhooks(
  place: StorePlace,
  settings: Partial<WebhookSettings> = {},
  timing: { readonly leaseMs?: number } = {},
): Promise<WebhooksWorld> {
  const world = await openWorld(place);
  const { store } = world;
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const envelope = createEnvelope(store.layout.model, store.incarnation, { prefix: 'isthmus', personal: {} });
  const placement = startPlacement(store, onError);
  const start = (more: Partial<WebhookSettings> = {}) =>
    startWebhooks({ store, envelope, settings: { ...QUICK, ...settings, ...more }, onError, pollMs: 10, ...timing });
  let webhooks = await start();
  return {
    ...world,
    errors,
    get webhooks() {
      return webhooks;
    },
    async register(receiver, input = {}) {
      const url = input.url ?? receiver.url();
      const { id, secret } = await webhooks.create({ entities: ['Customer'], ...input, url });
      receiver.secrets.set(new URL(url).pathname, secret);
      return id;
    },
    async restart(more) {
      await webhooks.stop();
      webhooks = await start(more);
    },
    async change(version, count = 10) {
      const mapped = (index: number) => [
        customer({ number: String(index), name: `Name ${version}`, cardToken: `tok_${version}` }),
      ];
      const records = Array.from({ length: count }, (_, index) => ({
        key: `${index}`,
        version,
        mapped: mapped(index),
      }));
      await world.see('erp', 'partner', ...records);
    },
    async status(id) {
      const found = (await listWebhooks(store)).find((each) => each.id === id);
      if (!found) throw new Error(`There is no endpoint ${id}.`);
      return found;
    },
    async allTaken(receiver) {
      await until('every change to be taken in its order', async () => {
        const expected = await committed(world);
        const arrived = receiver.sequences();
        for (const [key, sequences] of expected) {
          if (arrived.get(key)?.join() !== sequences.join())
            throw new Error(`${key}: ${sequences} committed, ${arrived.get(key)} taken; ${errors.join('\n')}`);
        }
        return true;
      });
    },
    async close() {
      await webhooks.stop();
      await placement.stop();
      await world.close();
    },
  };
}
