import {
  openSandboxStore,
  type SandboxClock,
  type SandboxRows,
  type SandboxStore,
  type SandboxTable,
  withSalesforceSuffix,
} from 'isthmus/sdk/testing';
import { isNumber, type SandboxField } from './fields.ts';
import { findObject, type SandboxObject, type SandboxObjects } from './objects.ts';
import { refuse } from './refusals.ts';

/** A record as it is stored: members that are null are left out. */
export type Row = Record<string, unknown>;

/** What the endpoints share: the objects of the org and their records. */
export interface Org {
  readonly id: string;
  readonly clock: SandboxClock;
  readonly store: SandboxStore;
  readonly objects: SandboxObjects;
  table(object: SandboxObject): SandboxRows<Row>;
  /** Refuses as an unknown path does. */
  object(name: string): SandboxObject;
}

export const ORG_ID = '00D5g0000000001EAA';

export function openOrg(options: { objects: SandboxObjects; clock: SandboxClock; file?: string }): Org {
  const { objects, clock, file } = options;
  const tables = Object.fromEntries([...objects.values()].map((object) => [object.name, tableOf(object)]));
  const store = openSandboxStore({ clock, tables, ...(file === undefined ? {} : { file }) });
  return {
    id: ORG_ID,
    clock,
    store,
    objects,
    table: (object) => store.table<Row>(object.name),
    object: (name) => {
      const object = findObject(objects, name);
      if (object === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
      return object;
    },
  };
}

function tableOf(object: SandboxObject): SandboxTable<Row> {
  return {
    key: 'Id',
    columns: Object.fromEntries(object.columns.map((name) => [name, columnOf(object.fields.get(name)!)])),
    indexes: object.indexes,
    stamp: (row, at) => {
      const stamp = apiTime(at);
      return { ...row, CreatedDate: row.CreatedDate ?? stamp, LastModifiedDate: stamp, SystemModstamp: stamp };
    },
  };
}

function columnOf(field: SandboxField) {
  if (field.type === 'boolean') return 'integer' as const;
  if (isNumber(field)) return 'real' as const;
  return { type: 'text', collate: isCaseBlind(field) ? 'nocase' : 'binary' } as const;
}

/** Ids and times compare byte by byte, other texts regardless of case. */
export function isCaseBlind(field: SandboxField): boolean {
  return !['id', 'reference', 'date', 'datetime'].includes(field.type) && !isNumber(field) && field.type !== 'boolean';
}

/** `2026-01-02T03:04:05.000+0000`: also how times are stored, so that texts sort as times do. */
export function apiTime(at: Date): string {
  return at.toISOString().replace('Z', '+0000');
}

export function fromApiTime(text: string): Date {
  return new Date(text.replace(/([+-]\d\d):?(\d\d)$/, '$1:$2'));
}

/** The 18-character form; undefined for what is no id at all. */
export function fullId(id: string): string | undefined {
  if (/^[A-Za-z0-9]{15}$/.test(id)) return withSalesforceSuffix(id);
  return /^[A-Za-z0-9]{18}$/.test(id) ? withSalesforceSuffix(id.slice(0, 15)) : undefined;
}
