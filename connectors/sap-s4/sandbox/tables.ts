import type { ChangeOperation, SandboxColumn, SandboxTable } from 'isthmus/sdk/testing';
import { completeRow, dateOf, type EntityType, instantOf, propertyOf, type Row, timeOf } from './edm.ts';
import { isColumn } from './filter.ts';
import { storedKey } from './resource-path.ts';
import { SERVICES } from './services.ts';

/** One table a set, with columns for what keys, filters and sorts want. */
export function tables(): Record<string, SandboxTable<Row>> {
  return Object.fromEntries(
    SERVICES.flatMap((service) => service.types).map((type) => [type.set, tableOf(type)] as const),
  );
}

function tableOf(type: EntityType): SandboxTable<Row> {
  const isSingle = type.key.length === 1;
  const columns: Record<string, SandboxColumn<Row>> = {};
  for (const property of type.properties) {
    if (!isColumn(property.name, type) || (isSingle && property.name === type.key[0])) continue;
    const isDate = property.type === 'Edm.DateTime' || property.type === 'Edm.DateTimeOffset';
    columns[property.name] = isDate
      ? { type: 'integer', from: (row) => milliseconds(row[property.name]) }
      : { type: 'text' };
  }
  return {
    key: isSingle ? type.key[0]! : (row) => storedKey(type, (name) => row[name]),
    columns,
    indexes: type.indexes,
    stamp: (row, at, operation) => completeRow(type, stamped(type, row, at, operation)),
  };
}

function milliseconds(value: unknown): number | null {
  const match = typeof value === 'string' ? /^\/Date\((-?\d+)/.exec(value) : null;
  return match === null ? null : Number(match[1]);
}

/** The product's change stamps: a moment on documents and products, date and time on partners, a date on limits. */
function stamped(type: EntityType, row: Row, at: Date, operation: ChangeOperation): Row {
  const next: Row = { ...row };
  const has = (name: string) => propertyOf(type, name) !== undefined;
  if (operation === 'create') {
    if (has('CreationDate')) next.CreationDate = dateOf(at);
    if (has('CreationTime')) next.CreationTime = timeOf(at);
  }
  if (type.set === 'A_BusinessPartner') {
    if (operation !== 'create') {
      next.LastChangeDate = dateOf(at);
      next.LastChangeTime = timeOf(at);
    }
    next.ETag = partnerEtag(row, at);
  } else if (has('LastChangeDate')) {
    next.LastChangeDate = dateOf(at);
  }
  if (has('LastChangeDateTime')) next.LastChangeDateTime = instantOf(at);
  if (type.set === 'CreditManagementAccount') {
    next.CreditLimitIsZero = Number(row.CreditLimitAmount) === 0;
    if (operation === 'create' || row[LIMIT_CHANGED] === true) next.CreditLimitLastChangeDate = dateOf(at);
  }
  return next;
}

/** Set by edits that move the limit itself: its date moves with nothing else. Never stored. */
export const LIMIT_CHANGED = '#limitChanged';

export function partnerEtag(row: Row, at: Date): string {
  return `${String(row.BusinessPartner).padStart(10, '0')}${at.toISOString().replace(/\D/g, '').slice(0, 14)}`;
}
