import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ContractError, CredentialError, NotSupportedError, type WebhookRequest } from '#sdk';
import { answerHook } from './hooks.ts';

let server: Server;
let url: string;
let seen: { readonly connection: string; readonly request: WebhookRequest }[] = [];
let failure: Error | undefined;

beforeAll(async () => {
  const hooks = {
    connections: new Set(['crm']),
    receive: async (connection: string, request: WebhookRequest) => {
      seen.push({ connection, request });
      if (failure) throw failure;
    },
  };
  server = createServer((request, response) => {
    const [path = '', query = ''] = request.url!.split('?');
    void answerHook(request, response, { name: path.slice('/hooks/'.length), query }, hooks);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  seen = [];
  failure = undefined;
});

const push = async (to: string, body: BodyInit = '{}') => {
  const answer = await fetch(`${url}/${to}`, { method: 'POST', body, headers: { 'X-Signature': 'v1' } });
  expect(await answer.text()).toBe('');
  return answer.status;
};

describe('the door for pushes', () => {
  test('hands on the bytes as they came, with headers, query and clock', async () => {
    const before = Date.now();
    expect(await push('crm?validate=1%20', new Uint8Array([0, 255, 10]))).toBe(202);
    const [{ connection, request }] = seen as [(typeof seen)[0]];
    expect(connection).toBe('crm');
    expect([...request.body]).toEqual([0, 255, 10]);
    expect(request.query).toBe('validate=1%20');
    expect(request.headers['x-signature']).toBe('v1');
    expect(request.now).toBeGreaterThanOrEqual(before);
  });

  test.each([
    ['not the system’s own', new CredentialError('forged'), 401],
    ['here before', new CredentialError('again', { details: { isReplay: true } }), 401],
    ['not understood', new ContractError('what?'), 400],
    ['not to be verified', new NotSupportedError('no secret'), 404],
  ])('says no more than a status of a push that is %s', async (_, error, status) => {
    failure = error;
    expect(await push('crm')).toBe(status);
  });

  test('is there for the connections that take pushes, and for POST', async () => {
    expect(await push('erp')).toBe(404);
    expect((await fetch(`${url}/crm`)).status).toBe(405);
    expect(seen).toEqual([]);
  });

  test('does not read what is too long', async () => {
    expect(await push('crm', new Uint8Array(1_000_001))).toBe(413);
    expect(seen).toEqual([]);
  });
});
