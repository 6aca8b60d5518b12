import type { Entity, Model } from '#model';
import type { HubConfig } from '#sdk';
import type { GoldenConnection } from './golden.ts';

/** Exact canonical values of one record; a field that is absent is unknown. References are still source keys. */
export type KnownValues = Readonly<Record<string, unknown>>;

/** One source record's say about one entity. */
export interface Contribution {
  readonly connection: string;
  readonly stream: string;
  readonly sourceId: string;
  readonly observedRecordId: number;
  readonly values: KnownValues;
}

export interface Survived {
  readonly values: KnownValues;
  /** Ownership unit → the contribution that it was taken from. Units that nobody knows are absent. */
  readonly owners: ReadonlyMap<string, Contribution>;
}

/** Who owns which fact, resolved for all entities. */
export interface OwnershipTable {
  /** Lower comes first. */
  rank(entity: string, unit: string, connection: string, stream: string): number;
}

export function ownershipTable(
  _model: Model,
  _connections: readonly GoldenConnection[],
  _ownership: HubConfig['ownership'],
): OwnershipTable {
  throw new Error('not yet');
}

/** The golden values of one entity from all living records that speak of it. Pure; the order given does not matter. */
export function survive(_entity: Entity, _records: readonly Contribution[], _ownership: OwnershipTable): Survived {
  throw new Error('not yet');
}
