import type { SourceRef } from 'isthmus/model';
import type { Row } from '../client.ts';
import { text } from './values.ts';

/** Three-valued as any field: null says that there is none. */
export function accountReference(row: Row, field: string): SourceRef | null | undefined {
  return reference(row, field, 'account');
}

export function reference(row: Row, field: string, stream: string): SourceRef | null | undefined {
  const key = text(row, field);
  return key === undefined || key === null ? key : { stream, key };
}
