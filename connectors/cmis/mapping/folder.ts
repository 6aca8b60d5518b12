import type { Mapped } from 'isthmus/model';
import type { WantedFields } from 'isthmus/sdk';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { columnsOf, customerOfFolder, folderProperty, instant, isWanted, text } from './values.ts';

const COLUMNS: Readonly<Record<string, string>> = {
  name: 'name',
  path: 'path',
  parent: 'parentId',
  createdAt: 'creationDate',
  changedAt: 'lastModificationDate',
};

/** Those that the wanted fields need; of everything when nothing says what is wanted. */
export function folderColumns(config: Config, wanted?: WantedFields): readonly string[] {
  const namesCustomer = isWanted('customer', wanted?.Folder);
  const standard = columnsOf(namesCustomer ? ['objectId', 'path'] : ['objectId'], COLUMNS, wanted?.Folder);
  const property = namesCustomer ? folderProperty(config) : undefined;
  return property === undefined ? standard : [...standard, property];
}

export function toFolder(row: Row, config: Config): readonly Mapped[] {
  const parent = text(row['cmis:parentId']);
  return [
    {
      entity: 'Folder',
      values: {
        name: text(row['cmis:name']),
        path: text(row['cmis:path']),
        parent: typeof parent !== 'string' ? parent : { stream: 'folder', key: parent },
        createdAt: instant(row['cmis:creationDate']),
        changedAt: instant(row['cmis:lastModificationDate']),
        ...(config.customerProperty || config.customerFolder ? { customer: customerOfFolder(row, config) } : {}),
      },
    },
  ];
}
