import type { Change } from '#events';
import type { Row, SqlValue } from '#store';
import { publishedValues } from './aggregate.ts';
import type { EntityRow } from './golden-row.ts';
import type { PartUnit } from './survive.ts';

/** The lines of one document as they were and as they are, each in the order of their ids. */
export interface DocumentLines {
  readonly part: PartUnit;
  readonly row: EntityRow;
  readonly before: readonly Row[];
  readonly after: readonly Row[];
  /** `after`, where some source delivers them with the document; otherwise they are left alone. */
  readonly owned?: readonly SqlValue[][];
}

/** What happened to an id whose golden row was `before` and is `after`. */
export function changeOp(
  before: Row | undefined,
  after: Row | undefined,
  survivor: string | null,
  wasAliasOf: string | undefined,
): Pick<Change, 'op' | 'otherId'> {
  if (before && after) return { op: 'update' };
  if (before) return survivor === null ? { op: 'delete' } : { op: 'merge', otherId: survivor };
  return wasAliasOf === undefined ? { op: 'create' } : { op: 'split', otherId: wasAliasOf };
}

/** A document tells its lines with itself. */
export function changeContent(
  row: EntityRow,
  before: Row | undefined,
  after: Row | undefined,
  lines: readonly DocumentLines[],
): Pick<Change, 'before' | 'after'> {
  const told = (columns: Row | undefined, of: 'before' | 'after') => {
    if (!columns) return null;
    const values = publishedValues(row, columns);
    for (const set of lines) {
      values[set.part.name] = set[of].map((line) => publishedValues(set.row, line, set.part.via));
    }
    return values;
  };
  return { before: told(before, 'before'), after: told(after, 'after') };
}
