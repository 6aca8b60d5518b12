/** What one request has read: a tree of levels in the shape of its plan. */
import type { SqlValue } from '#store';
import type { Page, Statement } from './page.ts';
import type { EntityPlan, ListPlan } from './plan.ts';

export type MutableRow = SqlValue[];

/** Rows of one entity at one place. Each row stands once, however many objects refer to it. */
export interface Level {
  readonly plan: EntityPlan;
  readonly rows: MutableRow[];
  /** In the order of the plan's references and collections. */
  readonly references: ReferenceLevel[];
  readonly lists: ListLevel[];
  sources?: LevelSources;
  live?: LevelLive;
  /** By canonical id, for lines of documents that are read live. */
  partKeys?: ReadonlyMap<string, readonly PartKey[]>;
}

export interface ReferenceLevel {
  readonly level: Level;
  /** By the parent's row: the row of what it refers to, or -1. */
  readonly links: Int32Array;
}

export interface ListLevel {
  readonly bound: BoundList;
  /** One for each of the plan's targets. */
  readonly targets: ListRows[];
  /** By the parent's row. */
  counts?: Int32Array;
}

/** Rows of all parents one after the other: those of parent p stand from `starts[p]` to before `starts[p + 1]`. */
export interface ListRows {
  readonly level: Level;
  readonly starts: Int32Array;
  /** Whether there was one row more than the page holds. */
  readonly hasMore: Uint8Array;
  /** Where the sort keys stand in a row, when they were read. */
  readonly keysAt: number;
}

/** A list's arguments understood: for one request, or once for a document without variables. */
export interface BoundList {
  readonly plan: ListPlan;
  /** Why its arguments are refused; then there is nothing else. */
  readonly error?: Error;
  readonly page?: Page;
  readonly rows: readonly ((parents: string) => Statement)[];
  readonly count?: (parents: string) => Statement;
}

/** Where an observed record comes from. */
export interface Source {
  readonly id: number;
  readonly connection: string;
  readonly stream: string;
  /** Both in one, as freshness is known by. */
  readonly streamId: string;
  readonly sourceId: string;
  readonly seenAt: number;
}

/** The records that a level's rows are made of. */
export interface LevelSources {
  /** By row: ownership unit → id of the observed record. Empty for a stub. */
  readonly units: readonly Readonly<Record<string, number>>[];
  readonly byId: ReadonlyMap<number, Source>;
}

/** What reading a level live has shown. */
export interface LevelLive {
  /** Observed records that were just read, and when. */
  readonly readAt: Map<number, number>;
  /** By row: response names that are served stale, or null, since a system is down. */
  readonly degraded: Map<number, readonly DegradedKey[]>;
}

/** How a document knows one of its lines. */
export interface PartKey {
  readonly connection: string;
  readonly stream: string;
  readonly documentKey: string;
  readonly key: string;
}

export interface DegradedKey {
  readonly key: string;
  readonly connection: string;
  readonly code: string;
  /** Null: nothing was ever observed, so the answer has an error there. */
  readonly observedAt: number | null;
  readonly error: unknown;
}
