import type { SandboxReply } from 'isthmus/sdk/testing';
import { type Action, checkChangeToken, contentMembers } from './action.ts';
import { propertyValues } from './form.ts';
import { objectJson, viewOf } from './object-json.ts';
import { refuse } from './refusal.ts';
import {
  checkName,
  type DocumentRow,
  documentById,
  documentsIn,
  type FolderRow,
  folderById,
  foldersIn,
  folderTreeOf,
  isDocument,
  isFolder,
  latestVersion,
  newId,
  type ObjectRow,
  pathBelow,
  quietly,
  type Repository,
  ROOT_ID,
  versionsOf,
} from './repository.ts';
import { typeDefinition } from './types.ts';
import { cancelCheckOut, checkIn, checkOut, setContent } from './versioning.ts';

export const ACTIONS: Readonly<Record<string, (action: Action) => SandboxReply>> = {
  createDocument: (action) => created(action, createDocument(action)),
  createFolder: (action) => created(action, createFolder(action)),
  update: (action) => shown(action, update(action), 200),
  move: (action) => created(action, move(action)),
  delete: (action) => deleteObject(action),
  deleteTree: (action) => deleteTree(action),
  checkOut: (action) => created(action, checkOut(action)),
  cancelCheckOut: (action) => {
    cancelCheckOut(action);
    return EMPTY;
  },
  checkIn: (action) => created(action, checkIn(action)),
  setContent: (action) => created(action, setContent(action, 'replace')),
  appendContent: (action) => created(action, setContent(action, 'append')),
  deleteContent: (action) => shown(action, setContent(action, 'delete'), 200),
};

const EMPTY: SandboxReply = { status: 200, headers: { 'content-type': 'text/html;charset=utf-8' }, body: '' };

function shown(action: Action, row: ObjectRow, status: number): SandboxReply {
  return { status, body: objectJson(row, viewOf(action.form.control)) };
}

const created = (action: Action, row: ObjectRow) => shown(action, row, 201);

function newObject(action: Action, baseId: 'cmis:document' | 'cmis:folder') {
  const sent = action.form.properties();
  const typeId = sent.get('cmis:objectTypeId');
  if (typeof typeId !== 'string') refuse('invalidArgument', 'The property cmis:objectTypeId is required.');
  const type = typeDefinition(typeId);
  if (type.baseId !== baseId) refuse('constraint', `${typeId} is not a ${baseId}.`);
  const parent = folderById(action.repository, action.target()['cmis:objectId']);
  const values = propertyValues(sent, type, true);
  const name = checkName(action.repository, parent['cmis:objectId'], values['cmis:name']);
  const { user } = action;
  const common = { 'cmis:objectId': newId(), 'cmis:baseTypeId': baseId, 'cmis:createdBy': user };
  return { parent, values: { ...values, ...common, 'cmis:name': name, 'cmis:lastModifiedBy': user } };
}

function createDocument(action: Action): DocumentRow {
  const { repository, form } = action;
  const { parent, values } = newObject(action, 'cmis:document');
  const state = form.control('versioningState') ?? 'major';
  const id = values['cmis:objectId'];
  const row = {
    ...values,
    'cmis:versionSeriesId': `vs-${id}`,
    'cmis:versionLabel': state === 'minor' ? '0.1' : '1.0',
    'cmis:isLatestVersion': true,
    'cmis:isMajorVersion': state !== 'minor',
    'cmis:isLatestMajorVersion': state !== 'minor',
    'cmis:isPrivateWorkingCopy': false,
    'cmis:isVersionSeriesCheckedOut': false,
    'cmis:isImmutable': false,
    ...contentMembers(repository, id, form.file),
    _parentId: parent['cmis:objectId'],
  };
  return repository.documents.insert(row as unknown as DocumentRow);
}

function createFolder(action: Action): FolderRow {
  const { parent, values } = newObject(action, 'cmis:folder');
  const path = pathBelow(parent['cmis:path'], values['cmis:name']);
  const row = { ...values, 'cmis:parentId': parent['cmis:objectId'], 'cmis:path': path };
  return action.repository.folders.insert(row as unknown as FolderRow);
}

function update(action: Action): ObjectRow {
  const { repository, form, user } = action;
  const row = action.target();
  checkChangeToken(form, row);
  const id = row['cmis:objectId'];
  const values = propertyValues(form.properties(), typeDefinition(row['cmis:objectTypeId']), false);
  const change = { ...values, 'cmis:lastModifiedBy': user };
  const newName = values['cmis:name'];
  if (isDocument(row)) {
    if (newName !== undefined) checkName(repository, row._parentId, newName, id);
    return repository.documents.update(id, change as Partial<DocumentRow>)!;
  }
  if (newName === undefined || newName === row['cmis:name']) {
    return repository.folders.update(id, change as Partial<FolderRow>)!;
  }
  const parentId = (row as FolderRow)['cmis:parentId'] ?? refuse('constraint', 'The root folder cannot be renamed.');
  const parent = folderById(repository, parentId);
  const path = pathBelow(parent['cmis:path'], checkName(repository, parentId, newName, id));
  return repository.store.transaction(() => {
    movePaths(repository, row as FolderRow, path);
    return repository.folders.update(id, { ...change, 'cmis:path': path } as Partial<FolderRow>)!;
  });
}

function movePaths(repository: Repository, folder: FolderRow, path: string): void {
  for (const below of folderTreeOf(repository, folder)) {
    const moved = path + below['cmis:path'].slice(folder['cmis:path'].length);
    repository.folders.update(below['cmis:objectId'], quietly<FolderRow>({ 'cmis:path': moved }));
  }
}

/** Filing is no change of the object: the change stamps stay, as in OpenCMIS. */
function move(action: Action): ObjectRow {
  const { repository, form } = action;
  const row = action.target();
  const id = row['cmis:objectId'];
  const target = folderById(repository, form.control('targetFolderId') ?? '');
  const targetId = target['cmis:objectId'];
  const parentId = isDocument(row) ? row._parentId : (row as FolderRow)['cmis:parentId'];
  if (form.control('sourceFolderId') !== parentId) refuse('invalidArgument', 'sourceFolderId is not its parent.');
  checkName(repository, targetId, row['cmis:name'], id);
  if (isFolder(row)) {
    const inside = folderTreeOf(repository, row).some((below) => below['cmis:objectId'] === targetId);
    if (inside) refuse('constraint', 'A folder cannot be moved into itself.');
    return repository.store.transaction(() => {
      movePaths(repository, row, pathBelow(target['cmis:path'], row['cmis:name']));
      return repository.folders.update(id, quietly<FolderRow>({ 'cmis:parentId': targetId }))!;
    });
  }
  const versions = versionsOf(repository, (row as DocumentRow)['cmis:versionSeriesId']);
  repository.store.transaction(() => {
    for (const version of versions) {
      repository.documents.update(version['cmis:objectId'], quietly<DocumentRow>({ _parentId: targetId }));
    }
  });
  return documentById(repository, id);
}

function deleteObject(action: Action): SandboxReply {
  const { repository, form } = action;
  const row = action.target();
  const id = row['cmis:objectId'];
  if (isFolder(row)) {
    if (id === ROOT_ID) refuse('constraint', 'The root folder cannot be deleted.');
    if (documentsIn(repository, id).length + foldersIn(repository, id).length > 0) {
      refuse('constraint', `Folder ${id} is not empty.`);
    }
    repository.folders.delete(id);
    return EMPTY;
  }
  const document = row as DocumentRow;
  repository.store.transaction(() => deleteDocument(repository, document, form.control('allVersions') !== 'false'));
  return EMPTY;
}

function deleteDocument(repository: Repository, row: DocumentRow, allVersions: boolean): void {
  const all = versionsOf(repository, row['cmis:versionSeriesId']);
  const doomed = allVersions ? all : [row];
  for (const version of doomed) {
    repository.documents.delete(version['cmis:objectId']);
    repository.store.deleteContent(version['cmis:objectId']);
  }
  const newest = all.find((version) => !doomed.some((gone) => gone['cmis:objectId'] === version['cmis:objectId']));
  if (newest !== undefined && latestVersion(repository, newest)['cmis:isLatestVersion'] !== true) {
    repository.documents.update(newest['cmis:objectId'], quietly<DocumentRow>({ 'cmis:isLatestVersion': true }));
  }
}

function deleteTree(action: Action): SandboxReply {
  const { repository } = action;
  const folder = folderById(repository, action.target()['cmis:objectId']);
  if (folder['cmis:objectId'] === ROOT_ID) refuse('constraint', 'The root folder cannot be deleted.');
  repository.store.transaction(() => {
    for (const below of folderTreeOf(repository, folder)) {
      const id = below['cmis:objectId'];
      for (const document of documentsIn(repository, id)) deleteDocument(repository, document, true);
      repository.folders.delete(id);
    }
  });
  return EMPTY;
}
