import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { instant, reference, text } from './values.ts';

const COLUMNS = [
  'objectId',
  'versionSeriesId',
  'name',
  'versionLabel',
  'isLatestVersion',
  'isPrivateWorkingCopy',
  'createdBy',
  'creationDate',
  'lastModificationDate',
  'contentStreamLength',
  'contentStreamMimeType',
  'contentStreamFileName',
];
const LARGEST_INT = 2 ** 31 - 1;

export function documentColumns({ customerProperty, orderProperty }: Config): readonly string[] {
  const own = [customerProperty?.property, orderProperty?.property].filter((name) => name !== undefined);
  return [...COLUMNS.map((name) => `cmis:${name}`), ...own];
}

export function toDocument(row: Row, config: Config): readonly Mapped[] {
  const { customerProperty, orderProperty } = config;
  const size = row['cmis:contentStreamLength'];
  return [
    {
      entity: 'Document',
      values: {
        name: text(row['cmis:name']),
        mimeType: text(row['cmis:contentStreamMimeType']),
        // Some repositories say -1 for a length that they do not know.
        sizeInBytes: typeof size === 'number' && size >= 0 && size <= LARGEST_INT ? size : null,
        versionLabel: text(row['cmis:versionLabel']),
        fileName: text(row['cmis:contentStreamFileName']),
        createdAt: instant(row['cmis:creationDate']),
        changedAt: instant(row['cmis:lastModificationDate']),
        createdBy: text(row['cmis:createdBy']),
        ...(customerProperty ? { customer: reference(row, customerProperty.property, customerProperty) } : {}),
        ...(orderProperty ? { order: reference(row, orderProperty.property, orderProperty) } : {}),
      },
    },
  ];
}
