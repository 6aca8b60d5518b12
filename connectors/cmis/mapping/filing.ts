import type { Mapped } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';
import { customerOfFolder, reference, text } from './values.ts';

/** A document with the folder that it is filed in; null where it is filed nowhere. */
export interface Filing {
  readonly document: Row;
  readonly folder: Row | null;
}

/** Joins the document under its own key. Of the customers that document and folder name, the document's counts. */
export function toFiling({ document, folder }: Filing, config: Config): readonly Mapped[] {
  const { customerProperty } = config;
  const isCustomerKnown = customerProperty !== undefined || config.customerFolder !== undefined;
  const own = reference(document, customerProperty?.property, customerProperty);
  const customer = own ?? (folder === null ? null : customerOfFolder(folder, config));
  return [
    {
      entity: 'Document',
      values: {
        path: folder === null ? null : pathOf(text(folder['cmis:path']) ?? null, text(document['cmis:name']) ?? null),
        folder: folder === null ? null : { stream: 'folder', key: String(folder['cmis:objectId']) },
        ...(isCustomerKnown ? { customer } : {}),
      },
      alsoKnownAs: [{ stream: 'document', key: String(document['cmis:versionSeriesId']) }],
    },
  ];
}

function pathOf(folder: string | null, name: string | null): string | null {
  if (folder === null || name === null) return null;
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
