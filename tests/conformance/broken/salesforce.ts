import type { ListRequest, Page } from '#sdk';
import { type Abilities, type Defect, inStream } from './spoiled.ts';

const account = (other: (sound: Abilities) => Partial<Abilities>) => inStream('account', other);
const withList = (change: (request: ListRequest) => ListRequest) =>
  account(({ list }) => ({ list: (request, http) => list(change(request), http) }));
const pageOnly = ({ records }: Page): Page => ({ records });

const LIST = 'account: a list is filtered and ordered as declared, to its end';

/** Of a connector that declares lists and tombstones. */
export const salesforceDefects: readonly Defect[] = [
  {
    does: 'filters no list',
    spoil: withList((request) => ({ ...request, where: [] })),
    caught: { [LIST]: /deep-equal/ },
  },
  {
    does: 'orders no list',
    spoil: withList((request) => ({ ...request, orderBy: [] })),
    caught: { [LIST]: /the list is not in order of Id/ },
  },
  {
    does: 'ends a list with its first page',
    spoil: account(({ list }) => ({ list: async (request, http) => pageOnly(await list(request, http)) })),
    caught: { [LIST]: /deep-equal/ },
  },
  {
    does: 'takes the limit of a list for that of a page',
    spoil: withList((request) => ({ ...request, limit: request.limit + 1 })),
    caught: { 'account: a list ends where its limit is': /records were asked for/ },
  },
  {
    does: 'leaves out what was deleted',
    spoil: account(({ changes }) => ({
      async changes(request, http) {
        const { records, ...rest } = await changes(request, http);
        return { ...rest, records: records.filter(({ deleted }) => deleted !== true) };
      },
    })),
    caught: { 'account: a deletion leaves a tombstone': /was deleted and the changes do not say so/ },
  },
];
