/**
 * The connector contract, whole. A connector is a manifest (what it can do), a config schema (what it needs) and
 * `connect` (how it does it). The engine owns retry, back-off, rate budgets, token refresh, paging loops, cursor
 * arithmetic, overlap, dedupe, delete sweeps, batching and circuit breaking: a connector has none of these.
 *
 * An ability that the manifest does not declare does not exist: nothing is probed by failing.
 */
import type { EntityName, Mapped } from 'isthmus/model';
import type { z } from 'zod';
import type { IsthmusError } from './errors.ts';
import type { Http, Session, UpstreamResponse } from './http.ts';

/** Who a connector is and what it can do. Read by the engine, the graph, the console and the conformance kit. */
export interface Manifest {
  /** The folder's name, such as `sap-s4`. */
  readonly id: string;
  readonly title: string;
  readonly category: 'erp' | 'crm' | 'records' | 'service' | 'finance' | 'supply-chain' | 'configuration' | 'other';
  /** Versions of the product that it was proven against. */
  readonly versions: readonly string[];
  readonly maturity: 'experimental' | 'proven';
  readonly discover?: true;
  /** The system can tell of changes by itself: `webhook` verifies and understands its pushes. */
  readonly webhook?: true;
  /** What the vendor allows; the config may lower it. Shared by all calls of a connection. */
  readonly limits: Limits;
  readonly streams: { readonly [stream: string]: StreamManifest };
}

export interface Limits {
  /** Calls under way at once. */
  readonly concurrency: number;
  readonly requestsPerSecond?: number;
  /** Calls in a rolling 24 h; background work pauses at 80 %. */
  readonly requestsPerDay?: number;
}

/** One kind of source record. What is not declared here, the stream cannot do. */
export interface StreamManifest {
  readonly title: string;
  /** The canonical entities that its records may yield. */
  readonly entities: readonly EntityName[];
  /** Its records live inside those of another stream: a change of the parent reads the children again. */
  readonly parent?: string;
  /** All of it, page by page. Where there are no `changes`, it is read again with every sweep; equal contents are no change. */
  readonly snapshot?: { readonly pageSize: number };
  readonly changes?: ChangesByStamp | ChangesByToken;
  readonly lookup?: { readonly maxBatch: number };
  /** Many by query, pushed down as far as declared. */
  readonly list?: { readonly filter: boolean; readonly order: boolean };
  /** Ids only, for delete sweeps where deletions leave no trace. */
  readonly listIds?: { readonly pageSize: number };
  /** Which keys still exist, where there is no `lookup`: else a record is gone only when two sweeps have missed it. */
  readonly confirm?: { readonly maxBatch: number };
  readonly content?: { readonly range: boolean };
  readonly write?: {
    readonly operations: readonly ('create' | 'update' | 'delete')[];
    readonly maxBatch: number;
    readonly idempotency: 'native' | 'upsert' | 'conditional' | 'probe' | 'none';
  };
  readonly probe?: true;
  /**
   * `orders`: a higher `version` of a record is always the newer one (a change stamp may; an ETag or a change
   * token never does). `none`: the read that began later wins.
   */
  readonly version: 'orders' | 'none';
  /**
   * How far lists, snapshots and changes may trail what a read by key shows, where the product answers them from an
   * index. Seconds; 0 by default. A record read through the index counts as seen that much earlier.
   */
  readonly indexLag?: number;
}

/** Changes are found by a change stamp: the engine asks for everything at or after a moment, overlap included. */
export interface ChangesByStamp {
  readonly by: 'stamp';
  /** What the product keeps of a stamp. The engine never compares finer than this. */
  readonly precision: 'ms' | 's' | 'date';
  /** How long after its stamp a record may still become visible (long transactions, index lag). Seconds. */
  readonly visibilityLag: number;
  /** `partial`: some changes do not move the stamp, so only a full sweep makes the stream fresh. */
  readonly stamps: 'all' | 'partial';
  /**
   * `tombstone`: deleted records are delivered with `deleted: true`. `none`: only a sweep finds them. `hinted`: the same,
   * but the changes tell that it is time for one (`Deletions`).
   */
  readonly deletes: 'tombstone' | 'none' | 'hinted';
}

/** Changes come by a token that only the system understands, such as a delta link or a transaction id. */
export interface ChangesByToken {
  readonly by: 'token';
  readonly visibilityLag: number;
  readonly stamps: 'all' | 'partial';
  readonly deletes: 'tombstone' | 'none';
}

/** A record as the vendor gave it, with what the engine must know about it. */
export interface SourceRecord {
  /** As the system spells it; the engine applies the stream's `normalizeKey`. */
  readonly key: string;
  /** The vendor's own shape, given to `map` and kept with a record that is set aside. */
  readonly source: unknown;
  /** Ordering version or change stamp: milliseconds since 1970, UTC. Required on streams read by stamp. */
  readonly changedAt?: number;
  /** The record's creation stamp, ms: the same key with another one is a new record. */
  readonly createdAt?: number;
  readonly deleted?: true;
}

/**
 * Where a system tells that something was deleted, but not what: marks that are another one whenever it happened again.
 * They are compared with those of the last sweep, and mean nothing else.
 */
export interface Deletions {
  /** Of records: their ids are compared at once. */
  readonly records?: string;
  /** Of what is read inside records: the next sweep that is due reads all of them again. */
  readonly parts?: string;
}

export interface Page {
  readonly records: readonly SourceRecord[];
  /** Opaque; handed back as `page` for what follows. Absent: this was the last page. A page may be empty and have one. */
  readonly next?: string;
}

export type ChangesPage = Page & { readonly token?: string; readonly deletions?: Deletions };

/** Bytes of a document, never through JSON. `range` is inclusive and present when only a part is delivered. */
export interface Content {
  readonly stream: ReadableStream<Uint8Array>;
  readonly mimeType: string;
  readonly fileName?: string;
  readonly length?: number;
  readonly range?: { readonly start: number; readonly end: number; readonly total?: number };
}

export type CheckResult =
  | { readonly status: 'ok'; readonly product: string; readonly version?: string; readonly notes?: readonly string[] }
  | {
      readonly status: 'auth' | 'network' | 'permission' | 'quota' | 'config';
      readonly message: string;
      readonly fix: string;
    };

/** Native types and fields, to print a mapping to start from. */
export interface NativeType {
  readonly name: string;
  readonly title?: string;
  readonly stream?: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly title?: string;
    readonly writable: boolean;
    readonly custom: boolean;
    readonly nullable: boolean;
  }[];
}

/**
 * The abilities of one stream. Each is called with the `http` of this very call, which carries its priority,
 * deadline and cancellation; keep none of them. Throw the SDK's errors; a thrown read has no effect and is retried
 * by the engine when it is a `TransientError`.
 */
export interface StreamAbilities {
  /** Called until `next` is absent; `page` is a committed position, possibly from before a restart. */
  snapshot(request: { readonly page?: string; readonly select: readonly string[] }, http: Http): Promise<Page>;
  /**
   * By stamp: everything with a stamp at or after `since` (ms UTC, already less the overlap), in order of (stamp,
   * key); where order cannot be had, the same with nothing later than a moment before the pass, such as the system's
   * clock then. By token: everything after `token`; the last page carries the token to go on from. Any page may carry `deletions` of hinted streams.
   */
  changes(request: ChangesRequest, http: Http): Promise<ChangesPage>;
  /** By token only: a token that means "now", taken before a snapshot begins. */
  latestToken(http: Http): Promise<string>;
  /**
   * At most `maxBatch` keys. Matched by key, in any order; a key that does not exist is just not in the answer. What no
   * list shows any more (converted, merged, in a bin) does not exist: every sweep would ask for it anew.
   */
  lookup(request: LookupRequest, http: Http): Promise<readonly SourceRecord[]>;
  list(request: ListRequest, http: Http): Promise<Page>;
  listIds(
    request: { readonly page?: string },
    http: Http,
  ): Promise<{ readonly keys: readonly string[]; readonly next?: string }>;
  /** Those of at most `maxBatch` keys that still exist, in any order. */
  confirm(request: { readonly keys: readonly string[] }, http: Http): Promise<readonly string[]>;
  /** `NotFoundError` when the record or its bytes are gone. */
  content(
    request: { readonly key: string; readonly range?: { readonly start: number; readonly end?: number } },
    http: Http,
  ): Promise<Content>;
  /** One outcome per intent, in order, also when the vendor answers a batch with one error. */
  write(intents: readonly WriteIntent[], http: Http): Promise<readonly WriteOutcome[]>;
  /** Was this intent applied? Asked when an answer was lost, before anything is sent again. */
  probe(intent: WriteIntent, http: Http): Promise<'applied' | 'not applied' | 'unknown'>;
}

/**
 * By canonical entity, the fields that are wanted of it; an enum's companion is named beside it. The lines of a
 * document are an entity of their own, and not wanted where that is not named.
 */
export type WantedFields = { readonly [E in EntityName]?: readonly string[] };

export interface LookupRequest {
  readonly keys: readonly string[];
  readonly select: readonly string[];
  /**
   * What will be looked at; everything when absent. A connector may leave out whatever else it reads, so long as it
   * makes no more calls than without: key and entities are told as ever, and `map` yields no value (unknown, not
   * null) for a field whose source was not read. Records read so answer a query and are never stored.
   */
  readonly wanted?: WantedFields;
}

export interface ChangesRequest {
  readonly since?: number;
  readonly token?: string;
  readonly page?: string;
  readonly select: readonly string[];
}

/** Conditions are ANDed; fields and values are the vendor's. Only asked of streams that declare `list`. */
export interface ListRequest {
  readonly where: readonly {
    readonly field: string;
    readonly op: 'eq' | 'gt' | 'ge' | 'lt' | 'le';
    readonly value: string | number | boolean | null;
  }[];
  readonly orderBy: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];
  /** Of records, over all pages. */
  readonly limit: number;
  readonly page?: string;
  readonly select: readonly string[];
}

export interface WriteIntent {
  readonly id: string;
  readonly operation: 'create' | 'update' | 'delete';
  readonly key?: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly precondition?: string;
}
export type WriteOutcome =
  | { readonly outcome: 'applied'; readonly key: string; readonly version?: string }
  | { readonly outcome: 'refused'; readonly error: IsthmusError };

/** A push as it arrived at `/hooks/{connection}`. Anybody may have sent it. */
export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What follows `?` in the address, or nothing. */
  readonly query: string;
  /** The very bytes that a signature covers. */
  readonly body: Uint8Array;
  /** The hub's clock, ms: judges the age of a signature. */
  readonly now: number;
}

/** A record that may have changed. It is read by key, or the stream is looked through where that cannot be done. */
export interface Hint {
  readonly stream: string;
  readonly key: string;
  /** The system says that it is gone. A sweep decides. */
  readonly deleted?: true;
}

/** A push that was verified. */
export interface Push {
  readonly hints: readonly Hint[];
  /**
   * Tells this push from all others, such as its signature, and for how long it would be accepted again (ms, the
   * hub's clock): until then the engine refuses it as a replay.
   */
  readonly once?: { readonly id: string; readonly until: number };
}

/** What every stream has beside its declared abilities. Both are pure: no network, no clock. */
export interface StreamMapping {
  /** One source record to the canonical values that it yields. Throw `RejectedRecordError` for a broken record. */
  map(record: SourceRecord): readonly Mapped[];
  /** One spelling per key (leading zeros, case). Also applied to references and claims into this stream. */
  normalizeKey?(key: string): string;
}

type AbilityName = Exclude<keyof StreamAbilities, 'latestToken'>;
type Declared<S extends StreamManifest> = {
  [A in AbilityName]: S[A & keyof S] extends undefined | never ? never : A extends keyof S ? A : never;
}[AbilityName];
type Tokened<S extends StreamManifest> = S['changes'] extends ChangesByToken ? 'latestToken' : never;
/** Exactly the declared abilities: one missing, or one in excess, does not compile. */
export type AbilitiesOf<S extends StreamManifest> = StreamMapping &
  Pick<StreamAbilities, Declared<S> | Tokened<S>> & {
    readonly [A in Exclude<keyof StreamAbilities, Declared<S> | Tokened<S>>]?: never;
  };

/** What `connect` returns. `close` ends what it opened, if anything. */
export type ConnectedOf<M extends Manifest> = {
  check(http: Http): Promise<CheckResult>;
  close?(): Promise<void>;
  readonly streams: { readonly [S in keyof M['streams']]: AbilitiesOf<M['streams'][S]> };
} & (M['discover'] extends true
  ? { discover(http: Http): Promise<readonly NativeType[]> }
  : { readonly discover?: never }) &
  (M['webhook'] extends true ? Pick<Required<Connected>, 'webhook'> : { readonly webhook?: never });

/** The same, seen by the engine, which reads the manifest before it calls anything. */
export interface Connected {
  check(http: Http): Promise<CheckResult>;
  discover?(http: Http): Promise<readonly NativeType[]>;
  /**
   * Verifies a push and says what to read again; it is never the data of record. `CredentialError`: it is not the
   * system's, or too old. `NotSupportedError`: the settings lack what verifies it. `ContractError`: not understood.
   */
  webhook?(request: WebhookRequest): Promise<Push>;
  close?(): Promise<void>;
  readonly streams: { readonly [stream: string]: StreamMapping & Partial<StreamAbilities> };
}

/** How the engine logs in and reads failures. `open` is called when no session is held, and once after a 401. */
export interface Protocol<C> {
  /** Where requests go; a session may name another (`baseUrl`). */
  baseUrl(config: C): string;
  /** A new session: headers for every request, and its end if the system tells. Absent: no authentication. */
  open?(config: C, http: Http): Promise<Session>;
  /** A failed response in the vendor's words to one of our errors; undefined: judged by the status alone. */
  readFailure?(response: UpstreamResponse): IsthmusError | undefined;
  /** What a response tells about its quota (`Sforce-Limit-Info`, `X-RateLimit-*`). */
  readQuota?(response: UpstreamResponse): { readonly used: number; readonly limit: number } | undefined;
}

export interface Connector<C = unknown> {
  readonly manifest: Manifest;
  readonly config: z.ZodType<C>;
  readonly protocol: Protocol<C>;
  connect(config: C): Connected;
}

/** A connector in a hub's config: called with its settings, it is a connection's definition. */
export type ConnectorFactory<M extends Manifest, I> = ((
  settings: I & ConnectionSettings,
) => ConnectionDefinition<M>) & { readonly manifest: M };

/** Settings that every connection takes beside its connector's own. */
export interface ConnectionSettings {
  /** Streams to read; all of the manifest's when absent. */
  readonly streams?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Seconds between two reads of changes; 2 by default. And between two sweeps for deletions; 300 by default. */
  readonly pollEvery?: number;
  readonly sweepEvery?: number;
  /** An enterprise's own fields: what to ask for in addition, and where it goes. Composed after the mapping. */
  readonly extend?: { readonly [stream: string]: Extension };
  /** Share of a stream's records (0 to 1) that one sweep may delete without approval; 0.1 by default. */
  readonly maxDeleteShare?: number;
}

export interface Extension {
  readonly select?: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's record has the vendor's shape, which only its author knows
  readonly map: (source: any) => { readonly [E in EntityName]?: Partial<import('isthmus/model').Entities[E]> };
}

export interface ConnectionDefinition<M extends Manifest = Manifest> {
  readonly connector: Connector<never>;
  readonly manifest: M;
  /** The connector's own settings, not yet validated; secrets are still references. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly common: ConnectionSettings;
}

const COMMON = ['streams', 'limits', 'pollEvery', 'sweepEvery', 'extend', 'maxDeleteShare'] as const;

/** Ties manifest, config, protocol and abilities together. The result is imported by a hub's config and called there. */
export function defineConnector<const M extends Manifest, S extends z.ZodType>(definition: {
  readonly manifest: M;
  readonly config: S;
  readonly protocol: Protocol<z.output<S>>;
  connect(config: z.output<S>): ConnectedOf<M>;
}): ConnectorFactory<M, z.input<S>> {
  const connector = { ...definition } as unknown as Connector<never>;
  const factory = (settings: z.input<S> & ConnectionSettings): ConnectionDefinition<M> => {
    const entries = Object.entries(settings as Record<string, unknown>);
    const isCommon = (name: string) => (COMMON as readonly string[]).includes(name);
    return {
      connector,
      manifest: definition.manifest,
      settings: Object.fromEntries(entries.filter(([name]) => !isCommon(name))),
      common: Object.fromEntries(entries.filter(([name]) => isCommon(name))) as ConnectionSettings,
    };
  };
  return Object.assign(factory, { manifest: definition.manifest });
}
