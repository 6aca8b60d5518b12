/** What the business graph needs at run time, and what it keeps between requests. */

import type { LogTail } from '#events';
import type { OwnershipTable } from '#golden';
import type { Entity, Model } from '#model';
import type { QueryLimits } from '#sdk';
import type { SqlValue, Store } from '#store';
import type { LiveReader } from './live-reader.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import { unitsOf } from './names.ts';
import { PageCompiler } from './page.ts';
import { Syntax } from './sql.ts';

/** Signs addresses of documents' bytes. */
export interface ContentSigner {
  /** Whether records of this stream have bytes. */
  hasContent(connection: string, stream: string): boolean;
  sign(target: { readonly connection: string; readonly stream: string; readonly key: string }): string;
}

export interface GraphOptions {
  readonly store: Store;
  readonly limits?: Partial<QueryLimits>;
  /** The one spelling of a key; for `customerBySource`. */
  readonly normalizeKey?: (connection: string, stream: string, key: string) => string;
  readonly content?: ContentSigner;
  readonly live?: LiveReader;
  /** Needed for live reads: who wins among records that were just read. */
  readonly ownership?: OwnershipTable;
  /** Needed for subscriptions. */
  readonly log?: LogTail;
}

export const DEFAULT_LIMITS: QueryLimits = {
  maxDepth: 15,
  maxAliases: 50,
  maxTokens: 5000,
  maxPageSize: 1000,
  maxCost: 100_000,
  maxBodyBytes: 1_000_000,
  maxSubscriptions: 10_000,
  maxSubscriptionsPerConnection: 100,
  maxBufferedEvents: 1000,
  maxBufferedBytes: 8_000_000,
};

/** Stream freshness is read at most this often. */
const FRESHNESS_MS = 20;

export type Freshness = ReadonlyMap<string, number>;

export class Graph {
  readonly store: Store;
  readonly model: Model;
  readonly limits: QueryLimits;
  readonly syntax: Syntax;
  readonly pages: PageCompiler;
  readonly content: ContentSigner | undefined;
  readonly live: LiveReader | undefined;
  readonly ownership: OwnershipTable | undefined;
  readonly log: LogTail | undefined;
  readonly normalizeKey: (connection: string, stream: string, key: string) => string;
  readonly #units = new Map<Entity, readonly string[]>();
  #freshness: { readonly at: number; readonly value: Freshness } | undefined;

  constructor(options: GraphOptions) {
    this.store = options.store;
    this.model = options.store.layout.model;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.syntax = new Syntax(options.store.dialect);
    this.pages = new PageCompiler(options.store.layout, this.syntax, this.limits.maxPageSize);
    this.content = options.content;
    this.live = options.live;
    this.ownership = options.ownership;
    this.log = options.log;
    this.normalizeKey = options.normalizeKey ?? ((_connection, _stream, key) => key);
    for (const entity of this.model.entities.values()) this.#units.set(entity, unitsOf(entity));
  }

  unitsOf(entity: Entity): readonly string[] {
    return this.#units.get(entity)!;
  }

  read(text: string, params: readonly SqlValue[]): MaybePromise<readonly (readonly SqlValue[])[]> {
    return this.store.reader.all(text, params);
  }

  /** By `connection stream`: until when everything has been read; streams that were never read through are absent. */
  freshness(): MaybePromise<Freshness> {
    const now = this.store.clock();
    if (this.#freshness && now - this.#freshness.at < FRESHNESS_MS) return this.#freshness.value;
    return chain(this.read('SELECT connection, stream, fresh_through FROM stream_state', []), (rows) => {
      const value = new Map<string, number>();
      for (const row of rows)
        if (row[2] !== null) value.set(streamId(row[0] as string, row[1] as string), row[2] as number);
      this.#freshness = { at: now, value };
      return value;
    });
  }
}

export function streamId(connection: string, stream: string): string {
  return `${connection} ${stream}`;
}
