/** Webhooks as the control graph sees them: read from the store, and what is asked for handed to the engine. */
import type { WebhooksControl } from '#control';
import type { Store } from '#store';
import { listDeliveries, listWebhooks } from '#webhooks';
import type { EngineCalls } from './engine-calls.ts';

export function createWebhooksControl(store: Store, calls: EngineCalls): WebhooksControl {
  return {
    list: () => listWebhooks(store),
    deliveries: (id, which) => listDeliveries(store, id, which),
    create: (input) => calls.createWebhook(input),
    update: (id, patch) => calls.updateWebhook(id, patch),
    pause: (id, reason) => calls.pauseWebhook(id, reason),
    resume: (id) => calls.resumeWebhook(id),
    rotateSecret: (id, keepHours) => calls.rotateSecretWebhook(id, keepHours),
    delete: (id) => calls.deleteWebhook(id),
    test: (id) => calls.testWebhook(id),
    replay: (id, from) => calls.replayWebhook(id, from),
  };
}
