import type { Manifest, StreamManifest } from 'isthmus/sdk';

/** Objects of a page where the config says nothing. */
export const PAGE = 500;

/** Seconds by which queries may trail what is stored, where a repository answers them from an index. */
const INDEX_LAG = 5;

/** `cmis:lastModificationDate` is in milliseconds; repositories that search an index show a change some seconds later. */
const changes = { by: 'stamp', precision: 'ms', visibilityLag: INDEX_LAG, stamps: 'all', deletes: 'none' } as const;
const listIds = { pageSize: 2 * PAGE };

const standard = {
  snapshot: { pageSize: PAGE },
  changes,
  lookup: { maxBatch: 500 },
  list: { filter: true, order: true },
  listIds,
  version: 'orders',
  indexLag: INDEX_LAG,
} as const satisfies Partial<StreamManifest>;

export const manifest = {
  id: 'cmis',
  title: 'CMIS 1.1 repository',
  category: 'records',
  versions: ['1.1 (browser binding)', 'Apache Chemistry OpenCMIS 1.1.0'],
  maturity: 'experimental',
  discover: true,
  limits: { concurrency: 8 },
  streams: {
    folder: { ...standard, title: 'Folders', entities: ['Folder'] },
    /**
     * Where documents are filed, which no query tells: one call per document. Before `document`, because it knows the
     * customer of the folder too. Filing a document elsewhere need not move any stamp.
     */
    filing: {
      title: 'Filing of documents',
      entities: ['Document'],
      snapshot: { pageSize: 100 },
      changes: { ...changes, stamps: 'partial' },
      listIds,
      confirm: { maxBatch: 500 },
      version: 'none',
      indexLag: INDEX_LAG,
    },
    document: { ...standard, title: 'Documents', entities: ['Document'], content: { range: true } },
  },
} as const satisfies Manifest;
