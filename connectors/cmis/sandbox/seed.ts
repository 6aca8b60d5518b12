import type { DemoDocument, DemoEnterprise, DemoFolder } from 'isthmus/sdk/testing';
import { type DocumentRow, type FolderRow, type Repository, ROOT_ID } from './repository.ts';

/** Fills an empty repository with the demo enterprise's folders and documents. */
export async function seedRepository(repository: Repository, demo: DemoEnterprise): Promise<void> {
  repository.folders.seed([rootRow(demo)]);
  await repository.folders.seedInSlices(folderRows(demo));
  await repository.documents.seedInSlices(documentRows(demo));
}

function stamps(record: { readonly createdAt: string; readonly changedAt: string }) {
  const changed = Date.parse(record.changedAt);
  return {
    'cmis:creationDate': Date.parse(record.createdAt),
    'cmis:lastModificationDate': changed,
    'cmis:changeToken': `${changed}-1`,
  };
}

function rootRow(demo: DemoEnterprise): FolderRow {
  const [first] = demo.folders();
  return {
    'cmis:objectId': ROOT_ID,
    'cmis:name': 'Company Home',
    'cmis:baseTypeId': 'cmis:folder',
    'cmis:objectTypeId': 'cmis:folder',
    'cmis:createdBy': 'system',
    'cmis:lastModifiedBy': 'system',
    'cmis:parentId': null,
    'cmis:path': '/',
    ...stamps(first!),
  };
}

function* folderRows(demo: DemoEnterprise): IterableIterator<FolderRow> {
  for (const folder of demo.folders()) yield folderRow(folder);
}

function folderRow(folder: DemoFolder): FolderRow {
  return {
    'cmis:objectId': folder.id,
    'cmis:name': folder.name,
    'cmis:baseTypeId': 'cmis:folder',
    'cmis:objectTypeId': 'demo:folder',
    'cmis:createdBy': 'archive.service',
    'cmis:lastModifiedBy': 'archive.service',
    'cmis:parentId': folder.parentId ?? ROOT_ID,
    'cmis:path': folder.path,
    'demo:customerNumber': folder.customerNumber,
    ...stamps(folder),
  };
}

/** A document in version 2.0 has a version 1.0 behind it. */
function* documentRows(demo: DemoEnterprise): IterableIterator<DocumentRow> {
  for (const document of demo.documents()) {
    const current = documentRow(document);
    yield current;
    if (document.versionLabel !== '2.0') continue;
    const first = { ...document, changedAt: document.createdAt };
    yield {
      ...current,
      ...stamps(first),
      'cmis:objectId': `${document.id}-v1`,
      'cmis:versionLabel': '1.0',
      'cmis:isLatestVersion': false,
      'cmis:isLatestMajorVersion': false,
    };
  }
}

function documentRow(document: DemoDocument): DocumentRow {
  const isSecond = document.versionLabel === '2.0';
  return {
    'cmis:objectId': document.id,
    'cmis:name': document.name,
    'cmis:baseTypeId': 'cmis:document',
    'cmis:objectTypeId': 'demo:document',
    'cmis:createdBy': document.createdBy,
    'cmis:lastModifiedBy': document.createdBy,
    'cmis:isImmutable': false,
    'cmis:isLatestVersion': true,
    'cmis:isMajorVersion': true,
    'cmis:isLatestMajorVersion': true,
    'cmis:isPrivateWorkingCopy': false,
    'cmis:isVersionSeriesCheckedOut': false,
    'cmis:versionLabel': document.versionLabel,
    'cmis:versionSeriesId': document.versionSeriesId,
    'cmis:contentStreamLength': document.sizeBytes,
    'cmis:contentStreamMimeType': document.mimeType,
    'cmis:contentStreamFileName': document.name,
    'demo:customerNumber': document.customerNumber,
    'demo:orderNumber': document.orderNumber,
    'demo:invoiceNumber': document.invoiceNumber,
    'demo:title': document.title,
    'demo:kind': document.kind,
    ...stamps(document),
    // Each version is an object of its own and was made when it was checked in.
    ...(isSecond ? { 'cmis:creationDate': Date.parse(document.changedAt) } : {}),
    _parentId: document.folderId,
    _content: `demo:${document.index}`,
  };
}
