import { defineConnector, type Page, type StreamAbilities } from 'isthmus/sdk';
import { protocol, RepositoryClient } from './client.ts';
import { config } from './config.ts';
import { contentOf } from './content.ts';
import { filingOf } from './filing.ts';
import { check, discover } from './inspect.ts';
import { manifest } from './manifest.ts';
import { oneOf } from './statement.ts';
import { DOCUMENT, FOLDER, readingOf, recordOf, type Source, selectOf, withNulls } from './streams.ts';
import { VersionFinder } from './version-finder.ts';

export const cmis = defineConnector({
  manifest,
  config,
  protocol,
  connect(settings) {
    const source = { config: settings, client: new RepositoryClient(settings) };
    const finder = new VersionFinder(source);
    return {
      check: (http) => check(source, http),
      discover: (http) => discover(source, http),
      streams: { folder: folderOf(source), filing: filingOf(source, finder), document: documentOf(source, finder) },
    };
  },
});

function folderOf(source: Source) {
  return {
    ...readingOf(FOLDER, source),
    async lookup({ keys, select, wanted }, http) {
      const { text, columns } = selectOf(FOLDER, source, select, wanted);
      const statement = `${text} WHERE ${oneOf('cmis:objectId', keys)}`;
      const { rows } = await source.client.query(http, statement, { maxItems: keys.length });
      return rows.map((row) => recordOf(FOLDER, withNulls(columns, row)));
    },
  } satisfies Partial<StreamAbilities>;
}

function documentOf(source: Source, finder: VersionFinder) {
  const reading = readingOf(DOCUMENT, source);
  const noted = async (page: Promise<Page>): Promise<Page> => {
    finder.noteAll((await page).records);
    return page;
  };
  return {
    ...reading,
    snapshot: (request, http) => noted(reading.snapshot(request, http)),
    changes: (request, http) => noted(reading.changes(request, http)),
    lookup: ({ keys, select, wanted }, http) => finder.find(keys, selectOf(DOCUMENT, source, select, wanted), http),
    async content({ key, range }, http) {
      const [record] = await finder.find([key], selectOf(DOCUMENT, source, []), http);
      return contentOf(source.client, record, range, http);
    },
  } satisfies Partial<StreamAbilities>;
}
