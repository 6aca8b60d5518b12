/** `defineConnector` asks for exactly the abilities that a manifest declares. Checked by tsc; run only to be counted. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type ConnectionDefinition, defineConnector, defineHub, type Manifest, type Page } from './index.ts';

const parties = {
  title: 'Parties',
  entities: ['Customer', 'Supplier'],
  snapshot: { pageSize: 100 },
  changes: { by: 'stamp', precision: 's', visibilityLag: 5, stamps: 'all', deletes: 'none' },
  version: 'orders',
} as const;
const folders = {
  title: 'Folders',
  entities: ['Folder'],
  changes: { by: 'token', visibilityLag: 0, stamps: 'all', deletes: 'tombstone' },
  lookup: { maxBatch: 50 },
  version: 'none',
} as const;
const manifest = {
  id: 'ledger',
  title: 'Ledger',
  category: 'erp',
  versions: ['1'],
  maturity: 'experimental',
  limits: { concurrency: 2 },
  streams: { parties },
} as const satisfies Manifest;
const tokened = { ...manifest, streams: { folders } } as const satisfies Manifest;
const pushing = { ...manifest, webhook: true, streams: {} } as const satisfies Manifest;
const discovering = { ...manifest, discover: true, streams: {} } as const satisfies Manifest;

const config = z.object({ url: z.url(), days: z.number().default(3) });
const protocol = { baseUrl: ({ url }: { readonly url: string; readonly days: number }) => url };
const shared = { manifest, config, protocol };
const check = async () => ({ status: 'ok', product: 'Ledger' }) as const;
const page = async (): Promise<Page> => ({ records: [] });
const map = () => [{ entity: 'Customer', values: { name: 'Acme', creditLimit: null } }] as const;
const whole = { map, snapshot: page, changes: page };
const settings = { url: 'http://127.0.0.1:1' };

const ledger = defineConnector({ ...shared, connect: () => ({ check, streams: { parties: whole } }) });

describe('a connector is what its manifest says', () => {
  test('with every declared ability it compiles, and its settings are typed', () => {
    const definition: ConnectionDefinition<typeof manifest> = ledger({ ...settings, pollEvery: 5 });
    expect(definition.settings).toEqual(settings);
    expect(definition.common).toEqual({ pollEvery: 5 });
    expect(ledger.manifest.id).toBe('ledger');
    // @ts-expect-error the connector's own setting `url` is missing
    expect(() => ledger({ pollEvery: 5 })).not.toThrow();
    // @ts-expect-error there is no setting `uri`
    expect(() => ledger({ ...settings, uri: 'x' })).not.toThrow();
  });

  test('one ability missing does not compile', () => {
    const { changes: _, ...incomplete } = whole;
    // @ts-expect-error the manifest declares changes, the stream has none
    defineConnector({ ...shared, connect: () => ({ check, streams: { parties: incomplete } }) });
    // @ts-expect-error every stream needs its mapping
    defineConnector({ ...shared, connect: () => ({ check, streams: { parties: { snapshot: page, changes: page } } }) });
    // @ts-expect-error the manifest declares the stream parties
    defineConnector({ ...shared, connect: () => ({ check, streams: {} }) });
    // @ts-expect-error every connector can be checked
    defineConnector({ ...shared, connect: () => ({ streams: { parties: whole } }) });
    expect(incomplete).toHaveProperty('snapshot');
  });

  test('one ability in excess does not compile', () => {
    const excess = { ...whole, lookup: async () => [] };
    // @ts-expect-error the manifest does not declare lookup
    defineConnector({ ...shared, connect: () => ({ check, streams: { parties: excess } }) });
    const tokenToo = { ...whole, latestToken: async () => 't' };
    // @ts-expect-error changes are read by stamp: there is no token
    defineConnector({ ...shared, connect: () => ({ check, streams: { parties: tokenToo } }) });
    // @ts-expect-error the manifest does not declare discover
    defineConnector({ ...shared, connect: () => ({ check, discover: async () => [], streams: { parties: whole } }) });
    expect(excess).toHaveProperty('lookup');
  });

  test('changes by token ask for the token that means now', () => {
    const abilities = { map: () => [], changes: page, lookup: async () => [] };
    const tokens = { ...abilities, latestToken: async () => 't' };
    const base = { ...shared, manifest: tokened };
    defineConnector({ ...base, connect: () => ({ check, streams: { folders: tokens } }) });
    // @ts-expect-error latestToken is missing
    defineConnector({ ...base, connect: () => ({ check, streams: { folders: abilities } }) });
    expect(tokens).toHaveProperty('latestToken');
  });

  test('a declared discover is asked for', () => {
    const base = { ...shared, manifest: discovering };
    defineConnector({ ...base, connect: () => ({ check, discover: async () => [], streams: {} }) });
    // @ts-expect-error the manifest declares discover
    defineConnector({ ...base, connect: () => ({ check, streams: {} }) });
    expect(discovering.discover).toBe(true);
  });

  test('a declared webhook is asked for, and only that', () => {
    const base = { ...shared, manifest: pushing };
    const webhook = async () => ({ hints: [] });
    defineConnector({ ...base, connect: () => ({ check, webhook, streams: {} }) });
    // @ts-expect-error the manifest declares a webhook
    defineConnector({ ...base, connect: () => ({ check, streams: {} }) });
    // @ts-expect-error the manifest does not declare a webhook
    defineConnector({ ...shared, connect: () => ({ check, webhook, streams: { parties: whole } }) });
    expect(pushing.webhook).toBe(true);
  });

  test('a mapping writes entities and fields of the model only', () => {
    const unknownEntity = { ...whole, map: () => [{ entity: 'Custommer', values: { name: 'x' } }] as const };
    // @ts-expect-error the model has no entity Custommer
    defineConnector({ ...shared, connect: () => ({ check, streams: { parties: unknownEntity } }) });
    const unknownField = { ...whole, map: () => [{ entity: 'Customer', values: { nmae: 'x' } }] as const };
    // @ts-expect-error Customer has no field nmae
    defineConnector({ ...shared, connect: () => ({ check, streams: { parties: unknownField } }) });
    const float = { ...whole, map: () => [{ entity: 'StockLevel', values: { quantity: 1.5 } }] as const };
    // @ts-expect-error a Decimal is a string, never a float
    defineConnector({ ...shared, connect: () => ({ check, streams: { parties: float } }) });
    expect(unknownEntity).toHaveProperty('map');
  });

  test('a manifest names entities of the model only', () => {
    // @ts-expect-error the model has no entity Custommer
    const wrong: Manifest = { ...manifest, streams: { parties: { ...parties, entities: ['Custommer'] } } };
    expect(wrong.id).toBe('ledger');
  });
});

describe('a hub knows its connections', () => {
  test('ownership names connections that exist and fields that exist', () => {
    const connections = { erp: ledger(settings), crm: ledger(settings) };
    const hub = defineHub({ connections, ownership: { Customer: { name: ['crm', 'erp'], '*': ['erp'] } } });
    expect(Object.keys(hub.connections)).toEqual(['erp', 'crm']);
    // @ts-expect-error there is no connection records
    defineHub({ connections, ownership: { Customer: { name: ['records'] } } });
    // @ts-expect-error Customer has no field nmae
    defineHub({ connections, ownership: { Customer: { nmae: ['erp'] } } });
    // @ts-expect-error the model has no entity Custommer
    defineHub({ connections, ownership: { Custommer: { '*': ['erp'] } } });
  });
});
