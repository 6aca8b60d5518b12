import { ConfigError, type ConnectionDefinition } from '#sdk';
import { type Connection, openConnection } from './connection.ts';
import type { Environment } from './secret.ts';
import { checkSettings } from './settings.ts';

export interface OpenOptions {
  /** Where secrets come from; the process's environment when absent. */
  readonly env?: Environment;
  /** The store's clock. */
  readonly clock?: () => number;
  /** Another thread's `connections.shared`, so that both obey one budget. */
  readonly shared?: SharedConnections;
  /** This thread's number among those that share, from 0; opening again under a number forgets its calls under way. */
  readonly participant?: number;
}

/** By connection name; can be sent to a worker as it is. */
export type SharedConnections = Readonly<Record<string, SharedArrayBuffer>>;

export interface Connections {
  /** In the config's order. */
  readonly all: readonly Connection[];
  /** Throws a `ConfigError` for a name that the config does not have. */
  get(name: string): Connection;
  /** The stream's key normaliser; the key itself where connection or stream is unknown. */
  normalizeKey(connection: string, stream: string, key: string): string;
  readonly shared: SharedConnections;
  close(): Promise<void>;
}

/** Validates every connection before any is opened; nothing is asked of the systems yet. */
export function openConnections(
  definitions: Readonly<Record<string, ConnectionDefinition>>,
  options: OpenOptions = {},
): Connections {
  const { env = process.env, clock = Date.now, shared, participant } = options;
  const checked = Object.entries(definitions).map(([name, definition]) => {
    return { name, definition, settings: checkSettings(name, definition, env) };
  });
  const all = checked.map((each) => {
    const buffer = shared?.[each.name];
    return openConnection({ ...each, clock, participant, ...(buffer && { shared: buffer }) });
  });
  const byName = new Map(all.map((connection) => [connection.name, connection]));
  return {
    all,
    get(name) {
      const found = byName.get(name);
      if (found) return found;
      throw new ConfigError(`There is no connection "${name}" in the hub's config.`, { details: { connection: name } });
    },
    normalizeKey(connection, stream, key) {
      const found = byName.get(connection)?.streams.find((each) => each.name === stream);
      return found?.normalizeKey(key) ?? key;
    },
    shared: Object.fromEntries(all.map((connection) => [connection.name, connection.shared])),
    async close() {
      await Promise.all(all.map((connection) => connection.close()));
    },
  };
}
