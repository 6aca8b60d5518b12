import { createHash } from 'node:crypto';
import type { EntityName, Mapped } from '#model';
import {
  type Extension,
  type Manifest,
  NotSupportedError,
  type SourceRecord,
  type StreamAbilities,
  type StreamManifest,
  type StreamMapping,
  type WantedFields,
} from '#sdk';
import type { CallOptions, Client } from './client.ts';
import { type Found, LookupBatcher } from './lookup-batcher.ts';
import { isSecretRef } from './settings.ts';

export interface LookupOptions extends Partial<CallOptions> {
  /** Fields beyond the stream's own and the extension's. What was read with other fields is not the full projection. */
  readonly select?: readonly string[];
  /** What will be looked at; everything when absent. Others of the same moment may widen it. */
  readonly wanted?: WantedFields;
}

/** One stream of an opened connection: what it can do, and its mapping with the enterprise's extension composed in. */
export interface ConnectedStream {
  readonly connection: string;
  readonly name: string;
  readonly manifest: StreamManifest;
  /** Exactly those that the manifest declares; called inside `connection.call`. */
  readonly abilities: Partial<StreamAbilities>;
  /** What the extension asks for in addition: passed to every read that feeds the store. */
  readonly select: readonly string[];
  /** Changes with projection, mapping and entities: what was stored under another one has to be read again. */
  readonly fingerprint: string;
  map(record: SourceRecord): readonly Mapped[];
  normalizeKey(key: string): string;
  /** By key as asked; in as few calls as `maxBatch` allows, together with other callers of the same moment. */
  lookupMany(keys: readonly string[], options?: LookupOptions): Promise<ReadonlyMap<string, Found>>;
}

export interface StreamParts {
  readonly connection: string;
  readonly name: string;
  readonly connector: Manifest;
  readonly abilities: StreamMapping & Partial<StreamAbilities>;
  readonly extension: Extension | undefined;
  /** The connector's own, as the config has them: secrets are still references. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly client: Client;
}

export function connectStream(parts: StreamParts): ConnectedStream {
  const { connection, name, connector, abilities, extension, settings, client } = parts;
  const manifest = connector.streams[name]!;
  const select = extension?.select ?? [];
  const normalizeKey = (key: string) => abilities.normalizeKey?.(key) ?? key;
  const batchers = new Map<string, LookupBatcher>();

  // A batch serves several callers: none of them can abort it for the others.
  const batcherFor = (fields: readonly string[], options: CallOptions): LookupBatcher => {
    const id = JSON.stringify([options.priority, options.within, fields]);
    const held = batchers.get(id);
    if (held !== undefined) return held;
    const made = new LookupBatcher(manifest.lookup!.maxBatch, normalizeKey, (keys, wanted) =>
      client.run(options, (http) => abilities.lookup!({ keys, select: fields, ...(wanted && { wanted }) }, http)),
    );
    batchers.set(id, made);
    return made;
  };

  return {
    connection,
    name,
    manifest,
    abilities,
    select,
    fingerprint: fingerprintOf(connector.id, manifest, abilities, extension, settings),
    normalizeKey,
    map: composedMap(manifest, abilities, extension),
    async lookupMany(keys, options = {}) {
      if (manifest.lookup === undefined || abilities.lookup === undefined) {
        throw new NotSupportedError(`${connection}: the stream ${name} cannot be read by key.`, {
          details: { connection, stream: name },
        });
      }
      if (keys.length === 0) return new Map();
      const { select: more = [], wanted, signal, ...call } = options;
      // An extension maps whatever it likes of the record, so it gets the whole.
      const fewer = extension === undefined ? wanted : undefined;
      const fields = more.length === 0 ? select : [...new Set([...select, ...more])];
      return await orAborted(batcherFor(fields, { priority: 'interactive', ...call }).lookup(keys, fewer), signal);
    },
  };
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  return await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort!));
}

/** The built-in mapping, then the extension's fields over it. A deletion says nothing about fields. */
function composedMap(
  manifest: StreamManifest,
  abilities: StreamMapping,
  extension: Extension | undefined,
): (record: SourceRecord) => readonly Mapped[] {
  if (extension === undefined) return (record) => abilities.map(record);
  return (record) => {
    const mapped = abilities.map(record);
    if (record.deleted) return mapped;
    const extra = extension.map(record.source) as Partial<Record<EntityName, object>>;
    const merged = mapped.map((each) => withExtra(each, extra[each.entity]));
    const more = Object.entries(extra)
      // An entity of the stream that this record did not yield (a partner who is no customer) is not made by a field.
      .filter(([entity]) => !manifest.entities.includes(entity as EntityName))
      .map(([entity, values]) => ({ entity, values }) as Mapped);
    return [...merged, ...more];
  };
}

function withExtra(mapped: Mapped, extra: object | undefined): Mapped {
  return extra === undefined ? mapped : ({ ...mapped, values: { ...mapped.values, ...extra } } as Mapped);
}

function fingerprintOf(
  connector: string,
  manifest: StreamManifest,
  abilities: StreamMapping,
  extension: Extension | undefined,
  settings: Readonly<Record<string, unknown>>,
): string {
  const parts = [
    connector,
    manifest.entities,
    abilities.map.toString(),
    abilities.normalizeKey?.toString() ?? '',
    extension?.select ?? [],
    extension?.map.toString() ?? '',
    significant(settings),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Settings that may change what a mapping yields: without secrets, and without addresses, which may be new each start. */
function significant(value: unknown): unknown {
  if (typeof value === 'string') return /^https?:\/\//i.test(value) ? undefined : value;
  if (typeof value === 'function' || value instanceof RegExp) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(significant);
  if (isSecretRef(value)) return undefined;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, significant((value as Record<string, unknown>)[name])]));
}
