import type { Model } from '#model';
import type { Change } from './change-row.ts';

/** What one source record was seen to say, as mapped: exact values, references as source keys. */
export interface SourceValues {
  readonly entity: string;
  readonly key: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly parts?: Readonly<Record<string, { readonly items: readonly SourceLine[] }>>;
}

interface SourceLine {
  readonly key: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface SourceObservation {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly op: 'create' | 'update' | 'delete';
  readonly records: readonly SourceValues[];
  readonly at: number;
  readonly trace: string;
}

/** Stands where change rows have their entity; no entity can have such a name. */
export function sourceEntity(connection: string, stream: string): string {
  return `source:${connection}.${stream}`;
}

/** As a change row, which holds no payment data. Its place in the partition counts its changes. */
export function sourceChange(model: Model, seen: SourceObservation): Change {
  const { connection, stream, sourceId, op, records, at, trace } = seen;
  const entity = sourceEntity(connection, stream);
  const told = records.map(({ entity: name, key, values, parts }) => ({
    entity: name,
    key,
    values: withoutPayment(model, name, values),
    ...(parts && {
      parts: Object.fromEntries(
        Object.entries(parts).map(([line, { items }]) => [
          line,
          { items: items.map((item) => ({ key: item.key, values: withoutPayment(model, line, item.values) })) },
        ]),
      ),
    }),
  }));
  return {
    entity,
    canonicalId: `${entity}:${sourceId}`,
    key: sourceId,
    sequence: 0,
    op,
    before: null,
    after: op === 'delete' ? null : { records: told },
    changed: [],
    owners: {},
    origin: connection,
    at,
    trace,
  };
}

/** The source key of a row of `sourceChange`. */
export function sourceKey(entity: string, canonicalId: string): string {
  return canonicalId.slice(entity.length + 1);
}

function withoutPayment(model: Model, entity: string, values: Readonly<Record<string, unknown>>) {
  const left: Record<string, unknown> = {};
  for (const field of model.entities.get(entity)?.fields ?? []) {
    if (field.kind === 'collection' || !(field.name in values) || field.classification === 'PAYMENT') continue;
    left[field.name] =
      field.kind === 'value' ? withoutMembers(model, field.type, values[field.name]) : values[field.name];
    if (field.kind === 'enum' && field.textName in values) left[field.textName] = values[field.textName];
  }
  return left;
}

function withoutMembers(model: Model, type: string, value: unknown): unknown {
  const secret = new Set(
    (model.values.get(type)?.members ?? [])
      .filter(({ classification }) => classification === 'PAYMENT')
      .map(({ name }) => name),
  );
  if (secret.size === 0 || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !secret.has(name)));
}
