/** The connections of a config without a hub around them, for commands that look at a system. */
import { type Connection, openConnections } from '#connections';
import type { Model } from '#model';
import { ConfigError } from '#sdk';
import { importConfig, loadModel, readConfig } from './hub-config.ts';

export interface ConfiguredConnections {
  readonly model: Model;
  readonly connections: readonly Connection[];
}

/**
 * Opens the one that is named, or all of them, for the time of `work`. Nothing is stored, no running hub is disturbed,
 * and of those that are not named not even a secret is needed. Throws a `ConfigError` for a name that is not there.
 */
export async function withConnections<T>(
  configFile: string,
  name: string | undefined,
  work: (configured: ConfiguredConnections) => Promise<T>,
): Promise<T> {
  const settings = readConfig(await importConfig(configFile), configFile, process.env);
  const { connections } = settings;
  if (name !== undefined && !Object.hasOwn(connections, name)) {
    const there = Object.keys(connections).map((other) => `"${other}"`);
    throw new ConfigError(
      `${configFile} has no connection "${name}"; it has ${there.join(', ') || 'none'}. Another config is named by --config.`,
      { details: { connection: name } },
    );
  }
  const chosen = name === undefined ? connections : { [name]: connections[name]! };
  const model = loadModel(settings);
  const opened = openConnections(chosen, { env: process.env });
  try {
    return await work({ model, connections: opened.all });
  } finally {
    await opened.close();
  }
}
