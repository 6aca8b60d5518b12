import type { Mapped } from 'isthmus/model';
import type { WantedFields } from 'isthmus/sdk';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { columnsOf, instant, isWanted, reference, text } from './values.ts';

/** They tell the key, and which version this is. */
const ALWAYS = ['objectId', 'versionSeriesId', 'isLatestVersion', 'isPrivateWorkingCopy'];
const COLUMNS: Readonly<Record<string, string>> = {
  name: 'name',
  mimeType: 'contentStreamMimeType',
  sizeInBytes: 'contentStreamLength',
  versionLabel: 'versionLabel',
  fileName: 'contentStreamFileName',
  createdAt: 'creationDate',
  changedAt: 'lastModificationDate',
  createdBy: 'createdBy',
};
const LARGEST_INT = 2 ** 31 - 1;

/** Those that the wanted fields need; of everything when nothing says what is wanted. */
export function documentColumns({ customerProperty, orderProperty }: Config, wanted?: WantedFields): readonly string[] {
  const standard = columnsOf(ALWAYS, COLUMNS, wanted?.Document);
  const customer = isWanted('customer', wanted?.Document) ? customerProperty?.property : undefined;
  const order = isWanted('order', wanted?.Document) ? orderProperty?.property : undefined;
  return [...standard, ...[customer, order].filter((name) => name !== undefined)];
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
        sizeInBytes: size === undefined ? size : isSize(size) ? size : null,
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

function isSize(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LARGEST_INT;
}
