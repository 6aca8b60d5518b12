import type { Form } from './form.ts';
import { refuse } from './refusal.ts';
import type { DocumentRow, ObjectRow, Repository } from './repository.ts';

/** What a POST acts on: `objectId` of the form, or the object that the path of the URL names. */
export interface Action {
  readonly repository: Repository;
  readonly form: Form;
  readonly user: string;
  readonly target: () => ObjectRow;
}

/** An optimistic lock, where the client sends what it last saw. */
export function checkChangeToken(form: Form, row: ObjectRow): void {
  const token = form.control('changeToken');
  if (token !== undefined && token !== '' && token !== row['cmis:changeToken']) {
    refuse('updateConflict', 'The change token does not match.');
  }
}

/** Keeps uploaded bytes and gives the members that describe them. */
export function contentMembers(repository: Repository, id: string, file: Form['file']): Partial<DocumentRow> {
  if (file === undefined) return {};
  repository.store.putContent(id, file.bytes);
  return {
    _content: 'stored',
    'cmis:contentStreamLength': file.bytes.length,
    'cmis:contentStreamMimeType': file.mimeType,
    'cmis:contentStreamFileName': file.fileName,
  };
}
