import type { DemoEnterprise, SandboxReply, SandboxRequest } from 'isthmus/sdk/testing';
import { bytesOf, contentReply } from './content.ts';
import { allowableActions, objectJson, propertiesJson, type View, viewOf, wholeNumber } from './object-json.ts';
import { refuse } from './refusal.ts';
import {
  type DocumentRow,
  documentById,
  documentsIn,
  type FolderRow,
  folderById,
  foldersIn,
  isDocument,
  isFolder,
  latestVersion,
  type ObjectRow,
  objectById,
  objectByPath,
  type Repository,
  versionsOf,
} from './repository.ts';

/** What a GET on the root folder URL asks about. */
export interface Reading {
  readonly repository: Repository;
  readonly demo: DemoEnterprise;
  readonly request: SandboxRequest;
  readonly row: ObjectRow;
  readonly view: View;
  readonly control: (name: string) => string | undefined;
}

export function readingOf(
  repository: Repository,
  demo: DemoEnterprise,
  request: SandboxRequest,
  path: string,
): Reading {
  const control = (name: string) => request.query.get(name) ?? undefined;
  const id = control('objectId') ?? control('versionSeriesId');
  let row: ObjectRow = id === undefined ? objectByPath(repository, path) : objectById(repository, id);
  const version = control('returnVersion');
  if (isDocument(row) && (version === 'latest' || version === 'latestmajor')) row = latestVersion(repository, row);
  return { repository, demo, request, row, view: viewOf(control), control };
}

export const OBJECT_SELECTORS: Readonly<Record<string, (reading: Reading) => SandboxReply>> = {
  object: ({ row, view }) => ({ body: objectJson(row, view) }),
  properties: ({ row, view }) => ({ body: propertiesJson(row, view) }),
  allowableActions: ({ row }) => ({ body: allowableActions(row) }),
  content: (reading) => content(reading),
  children: (reading) => ({ body: children(reading) }),
  descendants: (reading) => ({ body: tree(reading, true) }),
  folderTree: (reading) => ({ body: tree(reading, false) }),
  parent: ({ repository, row, view }) => ({ body: objectJson(parentOf(repository, row), view) }),
  parents: ({ repository, row, view, control }) => ({ body: parents(repository, row, view, control) }),
  versions: ({ repository, row, view }) => {
    const { 'cmis:versionSeriesId': series } = documentById(repository, row['cmis:objectId']);
    return { body: versionsOf(repository, series).map((version) => objectJson(version, view)) };
  },
  renditions: () => ({ body: [] }),
  policies: () => ({ body: [] }),
  relationships: () => ({ body: { objects: [], hasMoreItems: false, numItems: 0 } }),
  acl: () => ({
    body: {
      aces: [{ principal: { principalId: 'anyone' }, permissions: ['cmis:all'], isDirect: true }],
      isExact: true,
    },
  }),
};

export function defaultSelector(row: ObjectRow): string {
  return isFolder(row) ? 'children' : 'content';
}

function content({ repository, demo, row, request, control }: Reading): SandboxReply {
  if (!isDocument(row)) refuse('constraint', 'A folder has no content.');
  const document = row as DocumentRow;
  const range = request.headers.range;
  return contentReply(document, bytesOf(repository, demo, document), { range, download: control('download') });
}

function children({ repository, row, view, control }: Reading): Record<string, unknown> {
  const folder = folderById(repository, row['cmis:objectId']);
  const id = folder['cmis:objectId'];
  const all: ObjectRow[] = [...foldersIn(repository, id), ...documentsIn(repository, id)];
  sort(all, control('orderBy'));
  const skip = wholeNumber(control('skipCount'), 0, 'skipCount');
  const page = all.slice(skip, skip + wholeNumber(control('maxItems'), 1000, 'maxItems'));
  const withSegment = control('includePathSegment') === 'true';
  const objects = page.map((child) => ({
    object: objectJson(child, view),
    ...(withSegment ? { pathSegment: child['cmis:name'] } : {}),
  }));
  return { objects, hasMoreItems: skip + page.length < all.length, numItems: all.length };
}

function sort(rows: ObjectRow[], orderBy: string | undefined): void {
  if (orderBy === undefined || orderBy === '') return;
  const keys = orderBy.split(/\s*,\s*/).map((part) => part.split(/\s+/) as [string, string?]);
  rows.sort((a, b) => {
    for (const [id, direction] of keys) {
      const [left, right] = [a[id] as string | number, b[id] as string | number];
      if (left === right) continue;
      return (left < right ? -1 : 1) * (direction?.toUpperCase() === 'DESC' ? -1 : 1);
    }
    return 0;
  });
}

function tree(reading: Reading, withDocuments: boolean): unknown[] {
  const depth = Number(reading.control('depth') ?? '-1');
  if (!Number.isInteger(depth) || depth === 0 || depth < -1) refuse('invalidArgument', `Invalid depth ${depth}.`);
  const { repository, view } = reading;
  const below = (folderId: string, levels: number): unknown[] => {
    if (levels === 0) return [];
    const folders = foldersIn(repository, folderId).map((row) => ({
      object: { object: objectJson(row, view) },
      children: below(row['cmis:objectId'], levels - 1),
    }));
    const documents = withDocuments ? documentsIn(repository, folderId) : [];
    return [...folders, ...documents.map((row) => ({ object: { object: objectJson(row, view) } }))];
  };
  return below(folderById(repository, reading.row['cmis:objectId'])['cmis:objectId'], depth);
}

function parentOf(repository: Repository, row: ObjectRow): FolderRow {
  const parentId = isDocument(row) ? row._parentId : (row as FolderRow)['cmis:parentId'];
  return folderById(repository, parentId ?? refuse('invalidArgument', 'The root folder has no parent.'));
}

function parents(repository: Repository, row: ObjectRow, view: View, control: Reading['control']): unknown[] {
  if (isFolder(row) && row['cmis:parentId'] === null) return [];
  const segment = control('includeRelativePathSegment') === 'true' ? { relativePathSegment: row['cmis:name'] } : {};
  return [{ object: objectJson(parentOf(repository, row), view), ...segment }];
}
