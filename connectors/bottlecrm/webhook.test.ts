import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { WebhookRequest } from 'isthmus/sdk';
import { receive } from './webhook.ts';

const config = { url: 'http://127.0.0.1:1', token: 't', currency: 'EUR', pageSize: 100, webhookSecret: 'whsec_1' };
const NOW = Date.parse('2026-11-22T12:00:00Z');

/** The header that BottleCRM's own `webhooks/tasks.py` computes. */
function signed(body: string, { at = NOW, secret = 'whsec_1' } = {}): WebhookRequest {
  const seconds = Math.floor(at / 1000);
  const v1 = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  const headers = { 'x-bottlecrm-signature': `t=${seconds},v1=${v1}` };
  return { headers, query: '', body: Buffer.from(body), now: NOW };
}
const event = (name: string, data: object = { id: 'k' }) => JSON.stringify({ event: name, data });

describe('a push of BottleCRM', () => {
  test.each([
    ['account.updated', { id: 'k' }, [{ stream: 'account', key: 'k' }]],
    ['contact.created', { id: 'k' }, [{ stream: 'contact', key: 'k' }]],
    ['deal.won', { id: 'k' }, [{ stream: 'opportunity', key: 'k' }]],
    ['lead.deleted', { id: 'k' }, [{ stream: 'lead', key: 'k', deleted: true }]],
    ['ticket.comment_added', { id: 'c', ticket_id: 'k' }, [{ stream: 'case', key: 'k' }]],
    ['invoice.paid', { id: 'k' }, []],
    ['ping', {}, []],
    ['constructor.updated', { id: 'k' }, []],
  ])('%s', (name, data, hints) => {
    expect(receive(config, signed(event(name, data))).hints).toEqual(hints);
  });

  test('is known again for as long as its signature is good', () => {
    const one = receive(config, signed(event('ping')));
    expect(one.once).toEqual(receive(config, signed(event('ping'))).once);
    expect(one.once).not.toEqual(receive(config, signed(event('ping'), { at: NOW + 60_000 })).once);
    expect(one.once!.until).toBe(NOW + 300_001);
  });

  test.each([
    ['signed with another secret', signed(event('ping'), { secret: 'whsec_2' })],
    ['signed over other bytes', { ...signed(event('ping')), body: Buffer.from(`${event('ping')} `) }],
    ['older than five minutes', signed(event('ping'), { at: NOW - 301_000 })],
    ['from the future', signed(event('ping'), { at: NOW + 301_000 })],
    ['not signed', { ...signed(event('ping')), headers: {} }],
    ['signed half', { ...signed(event('ping')), headers: { 'x-bottlecrm-signature': 't=1,v1=ab' } }],
  ])('is refused when it is %s', (_, request) => {
    expect(() => receive(config, request)).toThrow(expect.objectContaining({ code: 'CREDENTIAL' }));
  });

  test('is not understood when it is for a chat', () => {
    expect(() => receive(config, signed('hello'))).toThrow(expect.objectContaining({ code: 'CONTRACT' }));
  });

  test('cannot be verified without the secret', () => {
    const { webhookSecret: _, ...without } = config;
    expect(() => receive(without, signed(event('ping')))).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED' }));
  });
});
