import type { IdentityKeys } from '#identity';
import type { Row, SqlValue } from '#store';
import { CHANGED_AT, type EntityRow, type FieldRow, type FullRef, PROVENANCE, SEQUENCE } from './golden-row.ts';
import { partName, refName } from './prepare.ts';
import type { Contribution, EntityUnits, KnownValues, PartUnit, Survived } from './survive.ts';

/** Canonical ids that lost source keys in this transaction → where those went. */
export type Moves = ReadonlyMap<string, ReadonlySet<string>>;

/** A golden row before it gets its sequence and its time. */
export function encodeRow(
  row: EntityRow,
  id: string,
  provenance: string,
  values: Survived['values'],
  keys: IdentityKeys,
): SqlValue[] {
  const resolve = (ref: FullRef, target: string) => keys.of(refName(ref, target)).canonicalId;
  const encoded: SqlValue[] = [id, 0, 0, provenance];
  for (const field of row.fields) field.encode(values, encoded, resolve);
  return encoded;
}

export function stamped(row: SqlValue[], sequence: SqlValue, changedAt: SqlValue): Row {
  row[SEQUENCE] = sequence;
  row[CHANGED_AT] = changedAt;
  return row;
}

/** The new row, with nothing in it that change rows would tell: it keeps its sequence and its time. */
export function stampedAs(before: Row, row: SqlValue[]): Row {
  return stamped(row, before[SEQUENCE] ?? 0, before[CHANGED_AT] ?? 0);
}

/** Fields whose columns differ. A reference that only follows its target's new id is no difference. */
export function differingFields(row: EntityRow, before: Row, after: Row, moves: Moves): readonly FieldRow[] {
  return row.fields.filter((field) => {
    for (let at = field.start; at < field.end; at += 1) {
      if (before[at] === after[at]) continue;
      if (field.target === undefined) return true;
      if (!isMove(before[at], after[at], moves)) return true;
    }
    return false;
  });
}

function isMove(before: SqlValue | undefined, after: SqlValue | undefined, moves: Moves): boolean {
  return typeof before === 'string' && typeof after === 'string' && (moves.get(before)?.has(after) ?? false);
}

/** Sequence and time apart. */
export function isSame(before: Row, after: Row): boolean {
  for (let at = PROVENANCE; at < after.length; at += 1) if (before[at] !== after[at]) return false;
  return true;
}

/** Everything that change rows may tell, by field, but for one; references as canonical ids. */
export function publishedValues(row: EntityRow, columns: Row, without?: string): Record<string, unknown> {
  const values: Record<string, unknown> = { id: columns[0] };
  for (const field of row.fields) if (field.isPublished && field.name !== without) field.decode(columns, values);
  return values;
}

export function provenanceText(owners: Survived['owners']): string {
  const provenance: Record<string, number> = {};
  for (const [unit, { observedRecordId }] of owners) provenance[unit] = observedRecordId;
  return JSON.stringify(provenance);
}

export function ownerNames(owners: Survived['owners']): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [unit, { connection }] of owners) names[unit] = connection;
  return names;
}

/** The lines of one document, as rows of their golden table in the order of their ids. */
export function lineRows(
  row: EntityRow,
  part: PartUnit,
  documentId: string,
  owner: Contribution,
  keys: IdentityKeys,
  units: EntityUnits,
): SqlValue[][] {
  const set = owner.parts?.[part.entity];
  const via = row.fields.find(({ name }) => name === part.via);
  const rows = (set?.items ?? []).map((item): SqlValue[] => {
    const name = partName(owner.connection, owner.stream, owner.key ?? owner.sourceId, part.entity, item.key);
    const provenance = lineProvenance(units, item.values, owner);
    const line = encodeRow(row, keys.of(name).canonicalId, provenance, item.values, keys);
    if (via) line[via.start] = documentId;
    return line;
  });
  return rows.sort(byId);
}

export const byId = (left: Row, right: Row) => (String(left[0]) < String(right[0]) ? -1 : 1);

/** A line comes whole from its document's record. */
function lineProvenance(
  { values: units }: EntityUnits,
  values: KnownValues,
  { observedRecordId }: Contribution,
): string {
  const provenance: Record<string, number> = {};
  for (const { name, fields } of units) {
    if (fields.some((field) => values[field] !== undefined)) provenance[name] = observedRecordId;
  }
  return JSON.stringify(provenance);
}
