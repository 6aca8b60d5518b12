import { expect, test } from '@jest/globals';
import type { SourceRecord } from '#sdk';
import type { Client } from './client.ts';
import { connectStream } from './stream.ts';

const connector = {
  id: 'shop',
  title: 'Shop',
  category: 'other',
  versions: ['1'],
  maturity: 'experimental',
  limits: { concurrency: 1 },
  streams: { items: { title: 'Items', entities: ['Product'], version: 'none' } },
} as const;
const abilities = { map: (_record: SourceRecord) => [] };

function fingerprint(settings: Readonly<Record<string, unknown>>): string {
  const parts = { connection: 'shop', name: 'items', connector, abilities, extension: undefined, client: {} as Client };
  return connectStream({ ...parts, settings }).fingerprint;
}

const settings = {
  url: 'http://127.0.0.1:4100',
  auth: { user: 'reader', password: { secret: 'SHOP_PASSWORD' } },
  alsoKnownAs: { field: 'erpNumber', connection: 'erp' },
  currency: 'EUR',
};

test.each([
  ['a mapped value', { ...settings, currency: 'USD' }],
  ['a claim', { ...settings, alsoKnownAs: { field: 'other', connection: 'erp' } }],
  ['a setting that was not there', { ...settings, language: 'DE' }],
])('%s in the settings changes the fingerprint', (_name, changed) => {
  expect(fingerprint(changed)).not.toBe(fingerprint(settings));
});

test.each([
  ['an address', { ...settings, url: 'https://shop.example' }],
  ['a secret', { ...settings, auth: { ...settings.auth, password: { secret: 'OTHER' } } }],
  ['the order of settings', Object.fromEntries(Object.entries(settings).reverse())],
])('%s does not', (_name, changed) => {
  expect(fingerprint(changed)).toBe(fingerprint(settings));
});
