import { createHash } from 'node:crypto';
import type { EventMessage } from './transport.ts';

/** Why a message is no longer tried, and where it was to go. */
export interface Refusal {
  readonly topic: string;
  readonly partition: number;
  readonly code: string;
  readonly reason: string;
}

/** What surely fits a topic with Kafka's own limit; beyond it the value stays in the hub's log. */
const LONGEST_VALUE = 900_000;
const LONGEST_REASON = 1000;

/**
 * The event that tells of a refused one: its value as it was, and why in the headers. Same refusal, same id: it can be
 * written again.
 */
export function deadLetter(
  prefix: string,
  message: EventMessage,
  refusal: Refusal,
  at: number,
  mayHoldValue = true,
): EventMessage {
  const { ce_id = '', ce_type = '', ce_sequence, ce_time, traceparent } = message.headers;
  const value = message.value !== null && fits(message.value) && mayHoldValue ? message.value : null;
  return {
    key: message.key,
    value,
    headers: {
      ce_specversion: '1.0',
      ce_id: `${ce_id}:${createHash('sha1').update(refusal.topic).digest('hex').slice(0, 8)}`,
      ce_source: `/isthmus/${prefix}/dead-letters`,
      ce_type: 'isthmus.dead-letter.v1',
      ce_time: new Date(at).toISOString(),
      ce_subject: message.key,
      ...(ce_sequence !== undefined && { ce_sequence }),
      ce_originaltopic: refusal.topic,
      ce_originalpartition: String(refusal.partition),
      ce_originaltype: ce_type,
      ce_originalid: ce_id,
      ...(ce_time !== undefined && { ce_originaltime: ce_time }),
      ce_code: refusal.code,
      ce_reason: refusal.reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST_REASON),
      ...(value === null && message.value !== null && { ce_reference: 'true' }),
      ...(traceparent !== undefined && { traceparent }),
      'content-type': 'application/json',
    },
  };
}

function fits(value: string): boolean {
  return value.length * 3 <= LONGEST_VALUE || Buffer.byteLength(value) <= LONGEST_VALUE;
}
