import type { Envelope } from '#events';
import type { Store } from '#store';
import { type WebhookAdmin, webhookAdmin } from './admin.ts';
import { Dispatcher } from './dispatcher.ts';
import { Sender } from './sender.ts';
import type { WebhookSettings } from './settings.ts';
import { type ResolveName, resolveByDns } from './target.ts';

export interface WebhooksOptions {
  /** One that may write. */
  readonly store: Store;
  readonly envelope: Envelope;
  readonly settings: WebhookSettings;
  readonly onError: (error: unknown) => void;
  /** Lines for the operator: an endpoint that stopped, and what to do. */
  readonly say?: (line: string) => void;
  readonly resolve?: ResolveName;
  readonly pollMs?: number;
  readonly leaseMs?: number;
}

export interface Webhooks extends WebhookAdmin {
  /** Requests under way are broken off; what they carried is sent again by whoever goes on. */
  stop(): Promise<void>;
}

export function startWebhooks(options: WebhooksOptions): Webhooks {
  const { resolve = resolveByDns, ...rest } = options;
  const sender = new Sender(rest.settings, resolve);
  const dispatcher = new Dispatcher({ say: () => {}, ...rest, sender });
  dispatcher.start();
  return {
    ...webhookAdmin({
      ...rest,
      sender,
      resolve,
      changed: () => dispatcher.look(),
      answers: (id) => dispatcher.nudge(id),
    }),
    async stop() {
      await dispatcher.stop();
      await sender.close();
    },
  };
}
