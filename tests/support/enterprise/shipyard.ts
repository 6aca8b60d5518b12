/** A connector of the enterprise's own: the register of ships, a small JSON service. */
import type { Mapped } from 'isthmus/model';
import { defineConnector, type Http, type Manifest, type Page, type SecretRef, type SourceRecord } from 'isthmus/sdk';
import { z } from 'zod';
import type {} from './isthmus-model.ts';

/** A ship as the register gives it. */
export interface RegisteredShip {
  readonly imo: string;
  readonly name: string;
  readonly handedOver: string | null;
  readonly tonnes: string | null;
  readonly ownerNumber: string | null;
}

const manifest = {
  id: 'shipyard',
  title: 'Register of ships',
  category: 'other',
  versions: ['1'],
  maturity: 'experimental',
  limits: { concurrency: 2 },
  streams: {
    ship: {
      title: 'Ships',
      entities: ['Vessel'],
      snapshot: { pageSize: 2 },
      lookup: { maxBatch: 50 },
      listIds: { pageSize: 100 },
      version: 'none',
    },
  },
} as const satisfies Manifest;

interface PageRequest {
  readonly page?: string;
}
interface ShipPage {
  readonly ships: readonly RegisteredShip[];
  readonly next?: string;
}

export const shipyard = defineConnector({
  manifest,
  config: z.strictObject({
    url: z.url().describe('Where the register answers.'),
    key: z.custom<string | SecretRef>().pipe(z.string().min(1)).describe('Secret. The key of the hub.'),
  }),
  protocol: {
    baseUrl: ({ url }) => url,
    open: async ({ key }) => ({ headers: { 'x-key': key } }),
  },
  connect: () => ({
    check: async () => ({ status: 'ok', product: 'Register of ships' }),
    streams: {
      ship: {
        map: ({ source }) => toVessel(source as RegisteredShip),
        async snapshot({ page }: PageRequest, http: Http): Promise<Page> {
          const { body } = await http.json<ShipPage>({ path: '/ships', query: { after: page } });
          return { records: body.ships.map(recordOf), ...(body.next && { next: body.next }) };
        },
        async lookup({ keys }: { readonly keys: readonly string[] }, http: Http): Promise<readonly SourceRecord[]> {
          const { body } = await http.json<ShipPage>({ path: '/ships', query: { imo: keys.join(',') } });
          return body.ships.map(recordOf);
        },
        async listIds({ page }: PageRequest, http: Http) {
          const { body } = await http.json<ShipPage>({ path: '/ships', query: { after: page } });
          return { keys: body.ships.map(({ imo }) => imo), ...(body.next && { next: body.next }) };
        },
      },
    },
  }),
});

function recordOf(ship: RegisteredShip): SourceRecord {
  return { key: ship.imo, source: ship };
}

function toVessel(ship: RegisteredShip): readonly Mapped[] {
  const owner =
    ship.ownerNumber === null ? null : { connection: 'erp', stream: 'businessPartner', key: ship.ownerNumber };
  const { imo, name, handedOver, tonnes } = ship;
  return [{ entity: 'Vessel', values: { imoNumber: imo, name, builtOn: handedOver, deadweight: tonnes, owner } }];
}
