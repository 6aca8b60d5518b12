import type { Http, Page, StreamAbilities, StreamMapping } from 'isthmus/sdk';
import type { Row } from './client.ts';
import { manifest } from './manifest.ts';
import { type Filing, toFiling } from './mapping/filing.ts';
import { DOCUMENT, readingOf, type Source, selectOf, window } from './streams.ts';
import type { VersionFinder } from './version-finder.ts';

type FilingAbilities = StreamMapping & Pick<StreamAbilities, 'snapshot' | 'changes' | 'listIds' | 'confirm'>;

/** The folders of documents: a window of documents as the `document` stream reads it, and one call for each. */
export function filingOf(source: Source, finder: VersionFinder): FilingAbilities {
  const pageSize = Math.min(source.config.pageSize, manifest.streams.filing.snapshot.pageSize);
  const read = async (request: { since?: number; page?: string; select: readonly string[] }, http: Http) =>
    withFolders(source, await window(DOCUMENT, source, { ...request, pageSize }, http), http);
  return {
    map: (record) => toFiling(record.source as Filing, source.config),
    snapshot: read,
    changes: read,
    listIds: readingOf(DOCUMENT, source).listIds,
    async confirm({ keys }, http) {
      return (await finder.find(keys, selectOf(DOCUMENT, source, [], {}), http)).map(({ key }) => key);
    },
  };
}

async function withFolders(source: Source, page: Page, http: Http): Promise<Page> {
  const records = await Promise.all(
    page.records.map(async (record) => {
      const document = record.source as Row;
      // Without its key it is set aside as it came.
      if (record.key === '') return [{ ...record, source: { document, folder: null } }];
      const id = String(document['cmis:objectId']);
      const parents = await source.client.read<{ object?: { succinctProperties?: Row } }[]>(http, 'parents', id);
      // Deleted since the query, or its folder is not for our eyes.
      if (parents === undefined) return [];
      const folders: Row[] = parents.flatMap(({ object }) =>
        object?.succinctProperties ? [object.succinctProperties] : [],
      );
      const byPath = folders.sort((a, b) => (String(a['cmis:path']) < String(b['cmis:path']) ? -1 : 1));
      return [{ ...record, source: { document, folder: byPath[0] ?? null } satisfies Filing }];
    }),
  );
  return { ...page, records: records.flat() };
}
