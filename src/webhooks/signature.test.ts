import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { DEFAULT_WEBHOOKS, waitAfter } from './settings.ts';
import { newSecret, sign } from './signature.ts';

test('what is signed verifies by the Standard Webhooks library, with each of the secrets', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.json(), (id, body) => {
      const secrets = [newSecret(), newSecret()];
      const headers = { ...sign(secrets, id, body, Date.now()) };
      for (const secret of secrets) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
      expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow('No matching signature');
      expect(() => new Webhook(secrets[0]!).verify(`${body} `, headers)).toThrow();
      expect(() => new Webhook(secrets[0]!).verify(body, { ...headers, 'webhook-id': 'other' })).toThrow();
    }),
    { numRuns: 25 },
  );
});

test('a secret has 32 random bytes', () => {
  expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSecret()).not.toBe(newSecret());
});

test('waits grow to the longest, and tries go on for more than three days', () => {
  const { retry, pauseAfterHours } = DEFAULT_WEBHOOKS;
  const plain = Array.from({ length: 7 }, (_, index) => waitAfter(index + 1, retry, 0.5) / 1000);
  expect(plain).toEqual([5, 20, 80, 320, 1280, 3600, 3600]);
  expect([waitAfter(1, retry, 0), waitAfter(1, retry, 1)]).toEqual([4000, 6000]);
  expect(retry.hours).toBeGreaterThan(72);
  expect(pauseAfterHours).toBeLessThan(retry.hours);
});
