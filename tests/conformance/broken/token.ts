import type { ConnectionDefinition, Manifest, SourceRecord, StreamAbilities } from '#sdk';
import type { ConformanceSystem } from '#sdk/testing/conformance';
import { tally } from '../../../examples/connector/tally/index.ts';
import { type Abilities, at, type Defect, everyPage, inStream, spoiled } from './spoiled.ts';
import { tallySystem } from './tally.ts';

const { streams, ...rest } = tally.manifest;

/** Tally as if its changes came by a token, which is the stamp and the id of the last that was read. */
export const tokenManifest: Manifest = {
  ...rest,
  streams: {
    customer: { ...streams.customer, changes: { by: 'token', visibilityLag: 0, stamps: 'all', deletes: 'none' } },
  },
};

export async function tokenSystem(): Promise<ConformanceSystem> {
  const system = await tallySystem();
  const connection: ConformanceSystem['connection'] = (url, settings): ConnectionDefinition => {
    const definition = spoiled(system.connection(url, settings), inStream('customer', byToken));
    return { ...definition, manifest: tokenManifest };
  };
  return { ...system, connection };
}

function byToken({ changes }: Abilities): Pick<StreamAbilities, 'changes' | 'latestToken'> {
  const tokenOf = ({ changedAt, key }: SourceRecord) => `${changedAt}/${key}`;
  const isAfter = (record: SourceRecord, [stamp, key]: readonly string[]) =>
    record.changedAt! > Number(stamp) || (record.changedAt === Number(stamp) && record.key > key!);
  return {
    async latestToken(http) {
      const all = await everyPage((page) => changes({ since: 0, ...at(page), select: [] }, http));
      return tokenOf(all.at(-1)!);
    },
    async changes({ token, ...request }, http) {
      const last = token!.split('/');
      const { records, next } = await changes({ ...request, since: Number(last[0]) }, http);
      const after = records.filter((record) => isAfter(record, last));
      const newest = records.at(-1);
      return { records: after, ...(next === undefined ? { token: newest ? tokenOf(newest) : token! } : { next }) };
    },
  };
}

const EDIT = 'customer: an edit after a token is in the changes after it, also when asked again';

export const tokenDefects: readonly Defect[] = [
  {
    does: 'knows of no change',
    spoil: inStream('customer', () => ({ changes: async ({ token }) => ({ records: [], token: token! }) })),
    caught: { [EDIT]: /is not in the changes/ },
  },
  {
    does: 'stays at its token',
    spoil: inStream('customer', ({ changes }) => ({
      changes: async (request, http) => ({ ...(await changes(request, http)), token: request.token! }),
    })),
    caught: { [EDIT]: /the new token gives again what was read/ },
  },
  {
    does: 'gives changes once',
    spoil: inStream('customer', ({ changes }) => {
      let given = '';
      return {
        async changes({ token, ...request }, http) {
          const page = await changes({ ...request, token: given > token! ? given : token! }, http);
          given = page.token ?? given;
          return page;
        },
      };
    }),
    caught: { [EDIT]: /is not in the changes/ },
  },
  {
    does: 'tells no token to go on from',
    spoil: inStream('customer', ({ changes }) => ({
      async changes(request, http) {
        const { token: _, ...page } = await changes(request, http);
        return page;
      },
    })),
    caught: { [EDIT]: /carries no token to go on from/ },
  },
];
