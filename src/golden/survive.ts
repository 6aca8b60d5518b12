import { type Entity, isStored, type Model, ownershipUnit } from '#model';
import type { HubConfig } from '#sdk';
import type { GoldenConnection } from './golden.ts';

/** Exact canonical values of one record; a field that is absent is unknown. References are still source keys. */
export type KnownValues = Readonly<Record<string, unknown>>;

export interface KnownParts {
  readonly extent: 'complete' | 'some';
  readonly items: readonly { readonly key: string; readonly values: KnownValues }[];
}

/** One source record's say about one entity. */
export interface Contribution {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly observedRecordId: number;
  readonly values: KnownValues;
  /** The key by which the record's stream knows the entity; lines are known by it and their own. */
  readonly key?: string;
  /** Lines by the name of their entity. */
  readonly parts?: Readonly<Record<string, KnownParts>>;
  /** The keys of all that it names were read with it. */
  readonly isMentioned?: boolean;
}

export interface Survived {
  readonly values: KnownValues;
  /** Ownership unit → the contribution that it was taken from. Units that nobody knows are absent. */
  readonly owners: ReadonlyMap<string, Contribution>;
  /** Entity of the lines → the contribution whose set of lines counts, whole. */
  readonly partOwners: ReadonlyMap<string, Contribution>;
}

/** Who owns which fact, resolved for all entities. */
export interface OwnershipTable {
  /** Lower comes first; `Infinity`: not an owner. */
  rank(entity: string, unit: string, connection: string, stream: string): number;
  /** Of a stream, per unit of the entity, values first, then parts. */
  ranks(entity: string, connection: string, stream: string): readonly number[];
  /** Fields that are taken together, and the sets of lines, of an entity. */
  units(entity: string): EntityUnits;
}

export interface EntityUnits {
  readonly values: readonly { readonly name: string; readonly fields: readonly string[] }[];
  readonly parts: readonly PartUnit[];
}

export interface PartUnit {
  /** The collection's name on the document, by which the lines are owned; else the name of their entity. */
  readonly name: string;
  readonly entity: string;
  /** The line's reference to its document. */
  readonly via: string;
}

/** A stream never outranks a stream of a connection before it. */
const STREAMS_PER_CONNECTION = 100_000;

export function ownershipTable(
  model: Model,
  connections: readonly GoldenConnection[],
  ownership: HubConfig['ownership'],
): OwnershipTable {
  const configured = connections.map(({ name }) => name);
  const streams = new Map(connections.map(({ name, manifest }) => [name, Object.keys(manifest.streams)]));
  const rules = (ownership ?? {}) as Readonly<Record<string, Readonly<Record<string, readonly string[] | undefined>>>>;
  const units = new Map([...model.entities.values()].map((entity) => [entity.name, entityUnits(model, entity)]));
  const ranks = new Map<string, readonly number[]>();
  const compute = (entity: string, unit: string, connection: string, stream: string): number => {
    const rule = rules[entity];
    const fields = units.get(entity)?.values.find(({ name }) => name === unit)?.fields ?? [];
    const owners = [unit, ...fields].map((name) => rule?.[name]).find((list) => list !== undefined);
    const position = (owners ?? rule?.['*'] ?? configured).indexOf(connection);
    if (position < 0) return Number.POSITIVE_INFINITY;
    const order = streams.get(connection)?.indexOf(stream) ?? -1;
    return position * STREAMS_PER_CONNECTION + (order < 0 ? STREAMS_PER_CONNECTION - 1 : order);
  };
  return {
    rank: compute,
    ranks(entity, connection, stream) {
      const key = `${entity}\0${connection}\0${stream}`;
      const known = ranks.get(key);
      if (known) return known;
      const { values, parts } = units.get(entity) ?? NO_UNITS;
      const made = [...values, ...parts].map(({ name }) => compute(entity, name, connection, stream));
      ranks.set(key, made);
      return made;
    },
    units: (entity) => units.get(entity) ?? NO_UNITS,
  };
}

const NO_UNITS: EntityUnits = { values: [], parts: [] };

function entityUnits(model: Model, entity: Entity): EntityUnits {
  const values = new Map<string, string[]>();
  for (const field of entity.fields) {
    if (!isStored(field) || field.live) continue;
    const names = values.get(ownershipUnit(field)) ?? [];
    names.push(field.name);
    if (field.kind === 'enum') names.push(field.textName);
    values.set(ownershipUnit(field), names);
  }
  const parts = [...model.entities.values()].flatMap((part): PartUnit[] => {
    if (part.partOf?.parent !== entity.name) return [];
    const via = part.partOf.field;
    const collection = entity.fields.find(
      (field) => field.kind === 'collection' && field.target === part.name && field.via === via,
    );
    return [{ name: collection?.name ?? part.name, entity: part.name, via }];
  });
  return { values: [...values].map(([name, fields]) => ({ name, fields })), parts };
}

/** The golden values of one entity from all living records that speak of it. Pure; the order given does not matter. */
export function survive(entity: Entity, records: readonly Contribution[], ownership: OwnershipTable): Survived {
  const units = ownership.units(entity.name);
  const ranked = records.map((record): Ranked => {
    return { record, ranks: ownership.ranks(entity.name, record.connection, record.stream) };
  });
  const values: Record<string, unknown> = {};
  const owners = new Map<string, Contribution>();
  for (const [index, { name, fields }] of units.values.entries()) {
    const owner = first(ranked, index, ({ values }) => knowsAny(values, fields));
    if (!owner) continue;
    owners.set(name, owner);
    for (const field of fields) {
      const value = owner.values[field];
      if (value !== undefined) values[field] = value;
    }
  }
  const partOwners = new Map<string, Contribution>();
  for (const [index, part] of units.parts.entries()) {
    const owner = first(ranked, units.values.length + index, ({ parts }) => parts?.[part.entity] !== undefined);
    if (!owner) continue;
    owners.set(part.name, owner);
    partOwners.set(part.entity, owner);
  }
  return { values, owners, partOwners };
}

interface Ranked {
  readonly record: Contribution;
  readonly ranks: readonly number[];
}

function knowsAny(values: KnownValues, fields: readonly string[]): boolean {
  for (const field of fields) if (values[field] !== undefined) return true;
  return false;
}

/** By owner, then by the stream's place in its manifest, then by the lowest source id; never by arrival. */
function first(
  ranked: readonly Ranked[],
  unit: number,
  knows: (record: Contribution) => boolean,
): Contribution | undefined {
  let best: Contribution | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const { record, ranks } of ranked) {
    const rank = ranks[unit] ?? Number.POSITIVE_INFINITY;
    if (rank > bestRank || rank === Number.POSITIVE_INFINITY || !knows(record)) continue;
    if (rank < bestRank || best === undefined || comesBefore(record, best)) {
      best = record;
      bestRank = rank;
    }
  }
  return best;
}

function comesBefore(left: Contribution, right: Contribution): boolean {
  if (left.sourceId !== right.sourceId) return left.sourceId < right.sourceId;
  return (left.key ?? left.sourceId) < (right.key ?? right.sourceId);
}
