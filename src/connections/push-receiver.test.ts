import { describe, expect, test } from '@jest/globals';
import type { Push, WebhookRequest } from '#sdk';
import { PushReceiver } from './push-receiver.ts';

const request = (now: number): WebhookRequest => ({ headers: {}, query: '', body: new Uint8Array(), now });
const streams = new Set(['account']);

function receiving(...pushes: readonly Push[]): PushReceiver {
  const left = [...pushes];
  return new PushReceiver('crm', { webhook: async () => left.shift()! }, streams);
}

describe('a push', () => {
  test('tells what to read of the streams that are read', async () => {
    const hints = [
      { stream: 'account', key: 'a' },
      { stream: 'lead', key: 'b' },
    ];
    expect(await receiving({ hints }).receive(request(0))).toEqual([{ stream: 'account', key: 'a' }]);
  });

  test('is taken once for as long as its signature is good', async () => {
    const push = { hints: [], once: { id: 'signature', until: 1_000 } };
    const receiver = receiving(push, push, push);
    await receiver.receive(request(0));
    await expect(receiver.receive(request(999))).rejects.toMatchObject({
      code: 'CREDENTIAL',
      details: { isReplay: true },
    });
    await receiver.receive(request(1_000));
  });

  test('is forgotten when too many came since: a hint costs one read at most', async () => {
    const many = Array.from({ length: 20_001 }, (_, index) => ({ hints: [], once: { id: `${index}`, until: 1_000 } }));
    const receiver = receiving(...many, many[20_000]!, many[0]!);
    for (let index = 0; index <= 20_000; index++) await receiver.receive(request(0));
    await expect(receiver.receive(request(0))).rejects.toMatchObject({ code: 'CREDENTIAL' });
    expect(await receiver.receive(request(0))).toEqual([]);
  });

  test('finds no way in where the connector takes none', async () => {
    const none = new PushReceiver('erp', {}, streams);
    await expect(none.receive(request(0))).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
  });
});
