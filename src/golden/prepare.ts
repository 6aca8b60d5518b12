import { hash } from 'node:crypto';
import type { IdentityKeys, KeyName } from '#identity';
import {
  type CardCount,
  CodecError,
  type Entity,
  type Mapped,
  type Model,
  maskCards,
  parseText,
  parseValues,
  type SourceRef,
} from '#model';
import { RejectedRecordError } from '#sdk';
import type { EntityRow, FullRef } from './golden-row.ts';
import type { ObservedInput } from './observation.ts';
import type { KnownParts, KnownValues } from './survive.ts';

/** One canonical value as kept with its observed record: exact values, references and claims as full source keys. */
export interface StoredValue {
  readonly entity: string;
  readonly key: string;
  readonly values: KnownValues;
  readonly alsoKnownAs?: readonly FullRef[];
  readonly parts?: Readonly<Record<string, KnownParts>>;
}

/** A source record ready to be compared and stored. */
export interface PreparedRecord {
  readonly sourceId: string;
  readonly version: number | null;
  readonly createdAt: number | null;
  readonly deleted: boolean;
  readonly mapped: readonly StoredValue[];
  /** `mapped` as it is stored, and its hash. */
  readonly text: string;
  readonly hash: string;
  /** Some of its sets of lines are not complete, so what is held decides with it. */
  readonly needsHeld: boolean;
  /** Card numbers that were masked in its texts. */
  readonly maskedCards: number;
  readonly input: ObservedInput;
}

export interface PrepareContext {
  readonly model: Model;
  normalizeKey(connection: string, stream: string, key: string): string;
  /** Entities of the lines of an entity. */
  partsOf(entity: string): readonly string[];
}

/** For one record: told of its card numbers. */
interface RecordContext extends PrepareContext {
  readonly onCards: CardCount;
}

/** Longer keys do not fit an index of PostgreSQL. */
const LONGEST_KEY = 1000;

/** Throws a `RejectedRecordError` that names what is wrong with the record, never its values. */
export function prepareRecord(
  context: PrepareContext,
  connection: string,
  stream: string,
  input: ObservedInput,
): PreparedRecord {
  const sourceId = checkedKey(input.key);
  const stamps = { version: stamp(input.version), createdAt: stamp(input.createdAt) };
  if (input.deleted) {
    return {
      sourceId,
      ...stamps,
      deleted: true,
      mapped: [],
      text: '',
      hash: '',
      needsHeld: false,
      maskedCards: 0,
      input,
    };
  }
  let maskedCards = 0;
  const counted: RecordContext = {
    ...context,
    onCards: (cards) => {
      maskedCards += cards;
    },
  };
  const mapped = input.mapped.map((value) => storedValue(counted, connection, stream, sourceId, value));
  const needsHeld = mapped.some(({ entity, parts }) =>
    context.partsOf(entity).some((part) => parts?.[part]?.extent !== 'complete'),
  );
  return { sourceId, ...stamps, deleted: false, mapped, ...written(mapped), needsHeld, maskedCards, input };
}

/** Lines that were not delivered, or only some of them, stay as they are held. Only `complete` removes. */
export function withHeldParts(record: PreparedRecord, held: readonly StoredValue[]): PreparedRecord {
  const heldOf = new Map(held.map((value) => [`${value.entity}\0${value.key}`, value]));
  const mapped = record.mapped.map((value): StoredValue => {
    const before = heldOf.get(`${value.entity}\0${value.key}`)?.parts;
    if (!before) return value;
    const parts: Record<string, KnownParts> = { ...value.parts };
    for (const [entity, kept] of Object.entries(before)) parts[entity] = mergedParts(kept, parts[entity]);
    return { ...value, parts };
  });
  return { ...record, mapped, ...written(mapped) };
}

function mergedParts(held: KnownParts, delivered: KnownParts | undefined): KnownParts {
  if (!delivered) return held;
  if (delivered.extent === 'complete') return delivered;
  const items = new Map(held.items.map((item) => [item.key, item]));
  for (const item of delivered.items) items.set(item.key, item);
  return { extent: held.extent, items: [...items.values()].toSorted(byKey) };
}

function written(mapped: readonly StoredValue[]): { readonly text: string; readonly hash: string } {
  const text = JSON.stringify(mapped);
  return { text, hash: hash('sha1', text, 'base64url') };
}

function storedValue(
  context: RecordContext,
  connection: string,
  stream: string,
  sourceId: string,
  mapped: Mapped,
): StoredValue {
  const entity = context.model.entities.get(mapped.entity);
  if (!entity) throw new RejectedRecordError(`The mapping gives a ${mapped.entity}, which the model does not have.`);
  const full = (ref: SourceRef): FullRef => fullRef(context, connection, ref);
  const claims = (mapped.alsoKnownAs ?? [])
    .map(full)
    .toSorted((left, right) => (refText(left) < refText(right) ? -1 : 1));
  const parts = Object.entries((mapped.parts ?? {}) as Record<string, KnownParts | undefined>).flatMap(([name, set]) =>
    set ? [[name, storedParts(context, connection, name, set)] as const] : [],
  );
  return {
    entity: entity.name,
    key: mapped.key === undefined ? sourceId : context.normalizeKey(connection, stream, checkedKey(mapped.key)),
    values: exactValues(context, connection, entity, mapped.values),
    ...(claims.length > 0 && { alsoKnownAs: claims }),
    ...(parts.length > 0 && { parts: Object.fromEntries(parts.toSorted()) }),
  };
}

function storedParts(context: RecordContext, connection: string, name: string, set: KnownParts): KnownParts {
  const entity = context.model.entities.get(name);
  if (!entity?.partOf)
    throw new RejectedRecordError(`The mapping gives lines of ${name}, which are not @partOf anything.`);
  const items = set.items.map(({ key, values }) => ({
    key: checkedKey(key),
    values: exactValues(context, connection, entity, values),
  }));
  const keys = new Set(items.map(({ key }) => key));
  if (keys.size < items.length) throw new RejectedRecordError(`Two lines of ${name} have the same key.`);
  return { extent: set.extent, items: items.toSorted(byKey) };
}

const byKey = (left: { readonly key: string }, right: { readonly key: string }) => (left.key < right.key ? -1 : 1);

function exactValues(context: RecordContext, connection: string, entity: Entity, values: KnownValues): KnownValues {
  const exact = { ...maskCards(context.model, entity, parsedValues(context.model, entity, values), context.onCards) };
  const special = specialFields(entity);
  for (const name of special.references) {
    const ref = exact[name] as SourceRef | null | undefined;
    if (ref) exact[name] = fullRef(context, connection, ref);
  }
  for (const name of special.live) if (exact[name] !== undefined) delete exact[name];
  return exact;
}

/** Names of fields that are not kept just as they are parsed. */
interface SpecialFields {
  readonly references: readonly string[];
  readonly live: readonly string[];
}

const specialByEntity = new WeakMap<Entity, SpecialFields>();

function specialFields(entity: Entity): SpecialFields {
  const known = specialByEntity.get(entity);
  if (known) return known;
  const named = (is: (field: Entity['fields'][number]) => boolean) => entity.fields.filter(is).map(({ name }) => name);
  const made: SpecialFields = {
    references: named((field) => field.kind === 'reference'),
    live: entity.fields.flatMap((field) => {
      if (field.kind === 'collection' || !field.live) return [];
      return field.kind === 'enum' ? [field.name, field.textName] : [field.name];
    }),
  };
  specialByEntity.set(entity, made);
  return made;
}

function parsedValues(model: Model, entity: Entity, values: KnownValues): Record<string, unknown> {
  try {
    return parseValues(model, entity, values);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new RejectedRecordError(`${entity.name}.${error.message}`, { cause: error });
  }
}

function fullRef(context: PrepareContext, connection: string, ref: SourceRef): FullRef {
  const to = ref.connection ?? connection;
  return { connection: to, stream: ref.stream, key: context.normalizeKey(to, ref.stream, checkedKey(ref.key)) };
}

function refText(ref: FullRef): string {
  return `${ref.connection}\0${ref.stream}\0${ref.key}`;
}

function checkedKey(key: unknown): string {
  if (typeof key !== 'string' || key === '')
    throw new RejectedRecordError('The record, or one that it names, has no key.');
  if (Buffer.byteLength(key) > LONGEST_KEY) {
    throw new RejectedRecordError(`The record, or one that it names, has a key of more than ${LONGEST_KEY} bytes.`);
  }
  return parseText(key);
}

function stamp(value: number | undefined): number | null {
  if (value === undefined) return null;
  if (!Number.isFinite(value))
    throw new RejectedRecordError('The version or the creation stamp of the record is no number.');
  return Math.trunc(value);
}

/** By what the stream knows the thing that a value describes. */
export function ownName(connection: string, stream: string, value: StoredValue): KeyName {
  return { connection, stream, sourceId: value.key, entity: value.entity };
}

/** Lines are named by their document's key and their own; `#` and `%` inside are escaped, so that no two names meet. */
export function partName(
  connection: string,
  stream: string,
  documentKey: string,
  entity: string,
  key: string,
): KeyName {
  const escaped = documentKey.replaceAll('%', '%25').replaceAll('#', '%23');
  return { connection, stream, sourceId: `${escaped}#${key}`, entity };
}

export function refName(ref: FullRef, entity: string): KeyName {
  return { connection: ref.connection, stream: ref.stream, sourceId: ref.key, entity };
}

/** Mentions everything that a record names: itself, its lines, what it refers to and what it claims to be. */
export function mentionAll(
  rows: ReadonlyMap<string, EntityRow>,
  keys: IdentityKeys,
  { connection, stream, isNew }: { readonly connection: string; readonly stream: string; readonly isNew: boolean },
  mapped: readonly StoredValue[],
): void {
  for (const value of mapped) {
    keys.mention(ownName(connection, stream, value), isNew);
    for (const claim of value.alsoKnownAs ?? []) keys.mention(refName(claim, value.entity));
    mentionReferences(rows.get(value.entity), value.values, keys);
    for (const [entity, { items }] of Object.entries(value.parts ?? {})) {
      for (const item of items) {
        keys.mention(partName(connection, stream, value.key, entity, item.key), isNew);
        mentionReferences(rows.get(entity), item.values, keys);
      }
    }
  }
}

export function mentionReferences(row: EntityRow | undefined, values: KnownValues, keys: IdentityKeys): void {
  for (const { name, target } of row?.references ?? []) {
    const ref = values[name] as FullRef | null | undefined;
    if (ref && target !== undefined) keys.mention(refName(ref, target));
  }
}
