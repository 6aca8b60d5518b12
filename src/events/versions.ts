/** Versions of events: while consumers move from one to the next, both are told, each in topics of its own. */

/** How a version that the model has moved on from is still told. */
export interface EarlierVersion {
  readonly version: number;
  /** A record of today, its lines within, as that version told it. Only what may leave is handed to it. */
  record(today: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** What that version called a field of today; undefined: it had none. The same name where this is not given. */
  field?(today: string): string | undefined;
}

/** The model itself is the `current` version; whoever is neither that nor `earlier` is told no more. */
export interface EntityVersions {
  readonly current: number;
  readonly earlier: readonly EarlierVersion[];
}

export type EventVersions = ReadonlyMap<string, EntityVersions>;

/** By entity; one that is not here has version 1 alone. docs/events.md says when and how to add one. */
export const EVENT_VERSIONS: EventVersions = new Map();

const FIRST: EntityVersions = { current: 1, earlier: [] };

export function versionsOf(versions: EventVersions, entity: string): EntityVersions {
  return versions.get(entity) ?? FIRST;
}

/** All that are told of an entity, the current one first. */
export function toldVersions(versions: EventVersions, entity: string): readonly number[] {
  const { current, earlier } = versionsOf(versions, entity);
  return [current, ...earlier.map(({ version }) => version)];
}

/** Whether a type of event was told once and is meant to be told no more. */
export function isRetired(type: string, versions = EVENT_VERSIONS): boolean {
  const [, entity = '', version = '0'] = /^isthmus\.([^.]+)\.[a-z]+\.v(\d+)$/.exec(type) ?? [];
  const { current } = versionsOf(versions, entity);
  return Number(version) < current && !toldVersions(versions, entity).includes(Number(version));
}
