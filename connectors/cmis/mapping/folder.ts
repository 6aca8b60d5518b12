import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { customerOfFolder, folderProperty, instant, text } from './values.ts';

export function folderColumns(config: Config): readonly string[] {
  const columns = ['objectId', 'name', 'path', 'parentId', 'creationDate', 'lastModificationDate'];
  const property = folderProperty(config);
  return [...columns.map((name) => `cmis:${name}`), ...(property === undefined ? [] : [property])];
}

export function toFolder(row: Row, config: Config): readonly Mapped[] {
  const parent = text(row['cmis:parentId']);
  return [
    {
      entity: 'Folder',
      values: {
        name: text(row['cmis:name']),
        path: text(row['cmis:path']),
        parent: parent === null ? null : { stream: 'folder', key: parent },
        createdAt: instant(row['cmis:creationDate']),
        changedAt: instant(row['cmis:lastModificationDate']),
        ...(config.customerProperty || config.customerFolder ? { customer: customerOfFolder(row, config) } : {}),
      },
    },
  ];
}
