import { type Action, checkChangeToken, contentMembers } from './action.ts';
import { propertyValues } from './form.ts';
import { refuse } from './refusal.ts';
import type { DocumentRow } from './repository.ts';
import { documentById, latestVersion, newId, quietly, versionsOf } from './repository.ts';
import { typeDefinition } from './types.ts';

/** The private working copy is an object of its own, with an id of its own; checking it in keeps that id. */
export function checkOut(action: Action): DocumentRow {
  const { repository, user } = action;
  const row = latestVersion(repository, documentById(repository, action.target()['cmis:objectId']));
  if (row['cmis:isVersionSeriesCheckedOut'] === true) {
    refuse('updateConflict', `Document ${row['cmis:objectId']} is already checked out.`);
  }
  const workingId = newId();
  const state = {
    'cmis:isVersionSeriesCheckedOut': true,
    'cmis:versionSeriesCheckedOutBy': user,
    'cmis:versionSeriesCheckedOutId': workingId,
  };
  const [major, minor] = row['cmis:versionLabel'].split('.').map(Number) as [number, number];
  return repository.store.transaction(() => {
    repository.documents.update(row['cmis:objectId'], quietly<DocumentRow>(state));
    const bytes = repository.store.content(row['cmis:objectId']);
    if (bytes !== undefined) repository.store.putContent(workingId, bytes);
    return repository.documents.insert({
      ...row,
      ...state,
      'cmis:objectId': workingId,
      'cmis:versionLabel': `${major}.${minor + 1}`,
      'cmis:isLatestVersion': false,
      'cmis:isMajorVersion': false,
      'cmis:isLatestMajorVersion': false,
      'cmis:isPrivateWorkingCopy': true,
      'cmis:createdBy': user,
      'cmis:lastModifiedBy': user,
    });
  });
}

const CHECKED_IN = {
  'cmis:isVersionSeriesCheckedOut': false,
  'cmis:versionSeriesCheckedOutBy': null,
  'cmis:versionSeriesCheckedOutId': null,
} as unknown as Partial<DocumentRow>;

function workingCopy(action: Action): DocumentRow {
  const row = documentById(action.repository, action.target()['cmis:objectId']);
  if (row['cmis:isPrivateWorkingCopy']) return row;
  return refuse('versioning', `Document ${row['cmis:objectId']} is not a private working copy.`);
}

export function cancelCheckOut(action: Action): void {
  const { repository } = action;
  const copy = workingCopy(action);
  repository.store.transaction(() => {
    repository.documents.delete(copy['cmis:objectId']);
    repository.store.deleteContent(copy['cmis:objectId']);
    for (const version of versionsOf(repository, copy['cmis:versionSeriesId'])) {
      repository.documents.update(version['cmis:objectId'], quietly(CHECKED_IN));
    }
  });
}

export function checkIn(action: Action): DocumentRow {
  const { repository, form, user } = action;
  const copy = workingCopy(action);
  const id = copy['cmis:objectId'];
  const isMajor = form.control('major') !== 'false';
  const versions = versionsOf(repository, copy['cmis:versionSeriesId']).filter((row) => row['cmis:objectId'] !== id);
  const [major] = copy['cmis:versionLabel'].split('.').map(Number) as [number, number];
  const values = propertyValues(form.properties(), typeDefinition(copy['cmis:objectTypeId']), false);
  return repository.store.transaction(() => {
    const older = {
      ...CHECKED_IN,
      'cmis:isLatestVersion': false,
      ...(isMajor ? { 'cmis:isLatestMajorVersion': false } : {}),
    };
    for (const version of versions) repository.documents.update(version['cmis:objectId'], quietly<DocumentRow>(older));
    return repository.documents.update(id, {
      ...CHECKED_IN,
      ...values,
      ...contentMembers(repository, id, form.file),
      'cmis:versionLabel': isMajor ? `${major + 1}.0` : copy['cmis:versionLabel'],
      'cmis:isLatestVersion': true,
      'cmis:isMajorVersion': isMajor,
      'cmis:isLatestMajorVersion': isMajor,
      'cmis:isPrivateWorkingCopy': false,
      'cmis:checkinComment': form.control('checkinComment') ?? null,
      'cmis:lastModifiedBy': user,
    })!;
  });
}

export function setContent(action: Action, how: 'replace' | 'append' | 'delete'): DocumentRow {
  const { repository, form, user } = action;
  const row = documentById(repository, action.target()['cmis:objectId']);
  checkChangeToken(form, row);
  const id = row['cmis:objectId'];
  const by = { 'cmis:lastModifiedBy': user };
  if (how === 'delete') {
    repository.store.deleteContent(id);
    const none = { _content: undefined, 'cmis:contentStreamLength': null, 'cmis:contentStreamMimeType': null };
    return repository.documents.update(id, { ...by, ...none, 'cmis:contentStreamFileName': null })!;
  }
  const file = form.file ?? refuse('invalidArgument', 'There is no content in the request.');
  if (how === 'replace' && form.control('overwriteFlag') === 'false' && row._content != null) {
    refuse('contentAlreadyExists', `Object ${id} already has content.`);
  }
  if (how === 'append' && row._content?.startsWith('demo:')) {
    refuse('notSupported', 'The generated content of the demo cannot be appended to.');
  }
  const before = how === 'append' ? (repository.store.content(id) ?? Buffer.alloc(0)) : Buffer.alloc(0);
  const whole = { ...file, bytes: Buffer.concat([before, file.bytes]) };
  return repository.documents.update(id, { ...by, ...contentMembers(repository, id, whole) })!;
}
