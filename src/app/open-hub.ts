/** The composition root: config to rooms, wired together. */
import { openConnections } from '#connections';
import { openStore, streamStates } from '#store';
import type { LaunchedEngine } from './engine-client.ts';
import type { Hub, HubOptions } from './hub.ts';
import { importConfig, loadModel, readConfig } from './hub-config.ts';
import { watchProgress } from './hub-progress.ts';

/** Whoever launched the engine's thread ends it when this fails. */
export async function openHub(options: HubOptions, launched: LaunchedEngine): Promise<Hub> {
  const { configFile, env = process.env, onError = (message) => console.error(message) } = options;
  const settings = readConfig(await importConfig(configFile), configFile, env);
  const model = loadModel(settings);
  const cleanUp = new AsyncDisposableStack();
  try {
    const connections = openConnections(settings.connections, { env, participant: 0 });
    cleanUp.defer(() => connections.close());
    const starting = launched.start({ configFile, env, shared: connections.shared }, onError);
    const [engine, { serve }] = await Promise.all([starting, import('./serving.ts')]);
    cleanUp.defer(() => engine.stop());
    options.signal?.throwIfAborted();
    const store = await openStore(settings.store, model, { role: 'reader' });
    cleanUp.defer(() => store.close());
    const progress = watchProgress(connections, streamStates(store), options.onProgress);
    cleanUp.defer(() => progress.stop());
    const server = await serve({ settings, connections, engine, store, progress, onError });
    cleanUp.defer(() => server.close());
    const started = cleanUp.move();
    return { url: server.url, ready: progress.complete, failed: engine.failed, stop: () => started.disposeAsync() };
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}
