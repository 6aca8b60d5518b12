/** What a document asks of the business graph: a tree of levels, each one statement, found out once per document. */
import type { FieldNode, GraphQLField } from 'graphql';
import type { Entity, ScalarMember } from '#model';
import type { EntityLayout, SqlValue } from '#store';

/** Arguments of a field: the same for every request, or coerced with the request's variables. */
export interface ArgumentsPlan {
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  /** Given where no variable is used. */
  readonly constant: Readonly<Record<string, unknown>> | undefined;
}

/** `@maxStaleness` in force, wherever it was said: the smallest of these seconds counts. None: the store will do. */
export type StalenessPlan = readonly (number | { readonly variable: string })[];

/** How a value read live is written over the columns of a row. */
export interface Overlay {
  readonly field: string;
  readonly write: (row: SqlValue[], value: unknown) => void;
}

/** An ownership unit of which something is selected. */
export interface UnitPlan {
  readonly name: string;
  /** Response names of its selected fields. */
  readonly keys: readonly string[];
  readonly overlays: readonly Overlay[];
  readonly staleness: StalenessPlan;
  /** Never stored (`@live`): what is asked is the system that owns it. */
  readonly isLive: boolean;
}

/** A selection on one entity at one place: the columns of its statement, and how a row is written. */
export interface EntityPlan {
  readonly slot: number;
  readonly entity: Entity;
  readonly layout: EntityLayout;
  /** In quotes, the first is the id. */
  readonly columns: readonly string[];
  readonly fields: readonly FieldPlan[];
  readonly references: readonly ReferencePlan[];
  readonly collections: readonly CollectionPlan[];
  /** Units that may have to be read live. */
  readonly units: readonly UnitPlan[];
  /** Where the `provenance` column stands, when it is needed; else -1. */
  readonly provenanceAt: number;
  /** Whether the answer itself tells of source records. */
  readonly asksSources: boolean;
}

interface Keyed {
  readonly key: string;
}
export interface ScalarPlan extends Keyed {
  readonly kind: 'scalar';
  readonly type: ScalarMember['type'] | 'ID' | 'enum';
  readonly at: number;
}
export interface TypenamePlan extends Keyed {
  readonly kind: 'typename';
  readonly name: string;
}
export interface ValuePlan extends Keyed {
  readonly kind: 'value';
  readonly members: readonly (ScalarPlan | TypenamePlan)[];
  /** Columns of all members that tell whether there is a value, and those without which there is none. */
  readonly presence: readonly number[];
  readonly required: readonly number[];
}
export interface ReferencePlan extends Keyed {
  readonly kind: 'reference';
  readonly index: number;
  readonly at: number;
  readonly target: EntityPlan;
}
export interface CollectionPlan extends Keyed {
  readonly kind: 'collection';
  readonly index: number;
  readonly list: ListPlan;
}
export interface ProvenancePlan extends Keyed {
  readonly kind: 'provenance';
  readonly arguments: ArgumentsPlan;
  readonly members: readonly (Keyed & { readonly name: string })[];
}
export interface ContentPlan extends Keyed {
  readonly kind: 'content';
}
export type FieldPlan =
  | ScalarPlan
  | TypenamePlan
  | ValuePlan
  | ReferencePlan
  | CollectionPlan
  | ProvenancePlan
  | ContentPlan;

/** A connection: what of it is asked, in the order of the answer. */
export interface ListPlan {
  readonly slot: number;
  readonly key: string;
  readonly nodes: readonly FieldNode[];
  readonly entity: Entity;
  /** The reference column that points to the parent; undefined at the root. */
  readonly via: string | undefined;
  readonly arguments: ArgumentsPlan;
  readonly members: readonly ListMember[];
  /** One level for each place where nodes are selected. Empty: only the count is asked. */
  readonly targets: readonly EntityPlan[];
  readonly needsKeys: boolean;
  readonly needsMore: boolean;
  readonly needsCount: boolean;
}

export type ListMember =
  | TypenamePlan
  | (Keyed & { readonly kind: 'totalCount' })
  | (Keyed & { readonly kind: 'nodes'; readonly target: number })
  | (Keyed & { readonly kind: 'edges'; readonly members: readonly EdgeMember[] })
  | (Keyed & { readonly kind: 'pageInfo'; readonly members: readonly PageInfoMember[] });
export type EdgeMember =
  | TypenamePlan
  | (Keyed & { readonly kind: 'cursor' })
  | (Keyed & { readonly kind: 'node'; readonly target: number });
export type PageInfoMember =
  | TypenamePlan
  | (Keyed & { readonly kind: 'hasNextPage' | 'hasPreviousPage' | 'startCursor' | 'endCursor' });

export type RootPlan =
  | TypenamePlan
  | { readonly kind: 'list'; readonly key: string; readonly list: ListPlan }
  | {
      readonly kind: 'byId' | 'bySource';
      readonly key: string;
      readonly nodes: readonly FieldNode[];
      readonly arguments: ArgumentsPlan;
      readonly target: EntityPlan;
    }
  | {
      readonly kind: 'node';
      readonly key: string;
      readonly nodes: readonly FieldNode[];
      readonly arguments: ArgumentsPlan;
      /** By entity name. */
      readonly targets: ReadonlyMap<string, EntityPlan>;
    };

export interface QueryPlan {
  readonly roots: readonly RootPlan[];
  /** Levels and lists are numbered, so that what a request computes for them lies in arrays. */
  readonly slots: number;
  /** No argument uses a variable: what they mean is found out once. */
  readonly isConstant: boolean;
}
