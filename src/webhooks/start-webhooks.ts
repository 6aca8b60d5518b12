import type { Webhooks, WebhooksOptions } from './webhooks.ts';

/** Sends to every active endpoint what it wants of the log, from where it stands, until stopped. What sends is loaded here. */
export async function startWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const webhooks = await import('./webhooks.ts');
  return webhooks.startWebhooks(options);
}
