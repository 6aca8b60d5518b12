import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  ContractError,
  CredentialError,
  type Hint,
  NotSupportedError,
  type Push,
  type WebhookRequest,
} from 'isthmus/sdk';
import type { Config } from './config.ts';
import type { StreamName } from './manifest.ts';

/** How old a signature may be; BottleCRM signs each attempt anew. */
const WINDOW = 300_000;

const STREAM_OF: Readonly<Record<string, StreamName>> = {
  account: 'account',
  contact: 'contact',
  lead: 'lead',
  deal: 'opportunity',
  ticket: 'case',
};

/** `X-BottleCRM-Signature: t=<seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
export function receive(config: Config, { headers, body, now }: WebhookRequest): Push {
  const { webhookSecret } = config;
  if (webhookSecret === undefined) {
    throw new NotSupportedError('Pushes cannot be verified: webhookSecret is not set.');
  }
  const [, seconds, signature] = /^t=(\d{1,12}),v1=([\da-f]{64})$/.exec(headers['x-bottlecrm-signature'] ?? '') ?? [];
  if (seconds === undefined || signature === undefined) throw new CredentialError('The push carries no signature.');
  const expected = createHmac('sha256', webhookSecret).update(`${seconds}.`).update(body).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new CredentialError('The push is not signed with webhookSecret.');
  }
  const at = Number(seconds) * 1000;
  if (Math.abs(now - at) > WINDOW) throw new CredentialError('The push was signed too long ago, or a clock is wrong.');
  return { hints: hintsOf(body), once: { id: `${seconds} ${signature}`, until: at + WINDOW + 1 } };
}

function hintsOf(body: Uint8Array): readonly Hint[] {
  let push: { readonly event?: unknown; readonly data?: { readonly id?: unknown; readonly ticket_id?: unknown } };
  try {
    push = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new ContractError('The push is not JSON. Choose the format "Signed JSON" for the webhook in BottleCRM.');
  }
  const [subject = '', what] = typeof push.event === 'string' ? push.event.split('.') : [];
  const stream = Object.hasOwn(STREAM_OF, subject) ? STREAM_OF[subject] : undefined;
  const key = what === 'comment_added' ? push.data?.ticket_id : push.data?.id;
  if (stream === undefined || typeof key !== 'string') return [];
  return [{ stream, key, ...(what === 'deleted' ? { deleted: true as const } : {}) }];
}
