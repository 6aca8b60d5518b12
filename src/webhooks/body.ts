/** What a receiver finds in a request: Standard Webhooks' `type`, `timestamp` and `data`, and whose change it is. */
import type { EventMessage } from '#events';
import type { WebhookMessage } from './sender.ts';

/** `data` is what the changes topic has, byte for byte. */
export function webhookMessage({ key, value, headers }: EventMessage): WebhookMessage {
  const frame = {
    type: headers.ce_type,
    timestamp: headers.ce_time,
    subject: key,
    sequence: Number(headers.ce_sequence),
    ...(headers.ce_origin !== undefined && { origin: headers.ce_origin }),
    ...(headers.ce_reference !== undefined && { reference: true }),
  };
  const body = `${JSON.stringify(frame).slice(0, -1)},"data":${value ?? 'null'}}`;
  return { id: headers.ce_id ?? '', body, traceparent: headers.traceparent };
}

export const TEST_TYPE = 'isthmus.webhook.test.v1';

export function testMessage(id: string, endpoint: string, now: number): WebhookMessage {
  const timestamp = new Date(now).toISOString();
  return { id, body: JSON.stringify({ type: TEST_TYPE, timestamp, data: { endpoint } }) };
}
