/** `webhooks` in the config: where changes may be sent, and how patiently. */
import { z } from 'zod';
import { ConfigError } from '#sdk';
import { DEFAULT_WEBHOOKS, isRange, type WebhookSettings } from '#webhooks';

const positive = z.number().positive();

export const webhooksShape = z.strictObject({
  allowPrivate: z
    .union([z.boolean(), z.array(z.string().refine(isRange, { message: 'a range is written as "10.0.0.0/8"' }))])
    .optional(),
  allowHttp: z.boolean().optional(),
  concurrency: z.number().int().min(1).max(256).optional(),
  timeoutSeconds: positive.max(120).optional(),
  retry: z
    .strictObject({
      firstSeconds: positive.optional(),
      longestSeconds: positive.optional(),
      hours: positive.optional(),
    })
    .optional(),
  pauseAfterHours: positive.optional(),
});

export function readWebhooks(webhooks: z.output<typeof webhooksShape> = {}): WebhookSettings {
  const { retry = {}, ...rest } = webhooks;
  const settings: WebhookSettings = {
    allowPrivate: rest.allowPrivate ?? DEFAULT_WEBHOOKS.allowPrivate,
    allowHttp: rest.allowHttp ?? DEFAULT_WEBHOOKS.allowHttp,
    concurrency: rest.concurrency ?? DEFAULT_WEBHOOKS.concurrency,
    timeoutSeconds: rest.timeoutSeconds ?? DEFAULT_WEBHOOKS.timeoutSeconds,
    pauseAfterHours: rest.pauseAfterHours ?? DEFAULT_WEBHOOKS.pauseAfterHours,
    retry: {
      firstSeconds: retry.firstSeconds ?? DEFAULT_WEBHOOKS.retry.firstSeconds,
      longestSeconds: retry.longestSeconds ?? DEFAULT_WEBHOOKS.retry.longestSeconds,
      hours: retry.hours ?? DEFAULT_WEBHOOKS.retry.hours,
    },
  };
  if (settings.pauseAfterHours >= settings.retry.hours) {
    throw new ConfigError(
      `webhooks.pauseAfterHours is ${settings.pauseAfterHours}; it must be below webhooks.retry.hours (${settings.retry.hours}), or events would be given up while their endpoint is down.`,
      { details: { field: 'webhooks.pauseAfterHours' } },
    );
  }
  return settings;
}
