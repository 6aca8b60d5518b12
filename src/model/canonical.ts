/**
 * Canonical values as mappings write them. A field has three states: a value, `null` (known to be empty), and
 * absent (unknown: the source did not deliver it). Absent never overwrites anything.
 */
import type { Entities } from './generated/entities.ts';

export type EntityName = keyof Entities & string;

/**
 * A reference to another source record, by the key its own system uses; never a canonical id.
 * `connection` defaults to the connection that delivers the reference; name it to point into another system.
 * `entity` is needed only where the stream yields several entities and the field's target does not decide.
 */
export interface SourceRef {
  readonly connection?: string;
  readonly stream: string;
  readonly key: string;
}

/** "This record is also known as": a claim that both source records describe one thing. Owned by its record. */
export type Claim = SourceRef;

/** Lines delivered with their document. Only `complete` removes lines that are not in it. */
export interface Parts<E extends EntityName = EntityName> {
  readonly extent: 'complete' | 'some';
  readonly items: readonly PartValue<E>[];
}
export interface PartValue<E extends EntityName = EntityName> {
  /** Unique inside the document, such as the line number. */
  readonly key: string;
  readonly values: CanonicalValues<E>;
}

export type CanonicalValues<E extends EntityName> = Partial<Entities[E]>;

/** One canonical value out of a source record. A mapping returns a list of these. */
export type Mapped = { [E in EntityName]: MappedOf<E> }[EntityName];
export interface MappedOf<E extends EntityName> {
  readonly entity: E;
  /** The key under which this stream knows the entity; defaults to the source record's key. */
  readonly key?: string;
  readonly values: CanonicalValues<E>;
  readonly alsoKnownAs?: readonly Claim[];
  /** By the entity name of the lines, e.g. `{ SalesOrderLine: { extent: 'complete', items } }`. */
  readonly parts?: { readonly [P in EntityName]?: Parts<P> };
}
