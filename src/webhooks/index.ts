/**
 * Changes sent to HTTP endpoints that an operator registered, signed as Standard Webhooks asks. Promises each event at
 * least once and in order per key while the log keeps it, under one id however often it is sent. Refuses targets that
 * are not on the public internet unless the config allows them, and follows no redirect.
 */
export { isRange } from './address.ts';
export type { WebhookAdmin } from './admin.ts';
export { type Delivery, listDeliveries } from './deliveries.ts';
export { DEFAULT_WEBHOOKS, type WebhookSettings } from './settings.ts';
export { startWebhooks } from './start-webhooks.ts';
export { listWebhooks, type WebhookStatus } from './status.ts';
export type { Webhooks } from './webhooks.ts';
