/** The connections of a config without a hub around them, for commands that look at a system. */
import { type Connection, type Connections, openConnections } from '#connections';
import type { Model } from '#model';
import { importConfig, loadModel, readConfig } from './hub-config.ts';

export interface ConfiguredConnections {
  readonly model: Model;
  readonly connections: Connections;
  /** All of them, or the one that is named; throws a `ConfigError` for one that the config does not have. */
  named(name: string | undefined): readonly Connection[];
}

/** Opens them for the time of `work`. Nothing is stored, and no running hub is disturbed. */
export async function withConnections<T>(
  configFile: string,
  work: (configured: ConfiguredConnections) => Promise<T>,
): Promise<T> {
  const settings = readConfig(await importConfig(configFile), configFile, process.env);
  const model = loadModel(settings);
  const connections = openConnections(settings.connections, { env: process.env });
  try {
    const named = (name: string | undefined) => (name === undefined ? connections.all : [connections.get(name)]);
    return await work({ model, connections, named });
  } finally {
    await connections.close();
  }
}
