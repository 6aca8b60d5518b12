/** The composition root: config to rooms, wired together. */
import { openConnections } from '#connections';
import { openStore, streamStates } from '#store';
import { startEngineThread } from './engine-client.ts';
import { type HubSettings, loadModel } from './hub-config.ts';
import { type HubProgress, watchProgress } from './hub-progress.ts';

export interface HubOptions {
  readonly settings: HubSettings;
  /** The file that the settings come from: the engine's thread reads it again. */
  readonly configFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (progress: HubProgress) => void;
  /** What went wrong and is tried again; standard error by default. */
  readonly onError?: (message: string) => void;
  readonly signal?: AbortSignal;
}

export interface Hub {
  /** Such as `http://127.0.0.1:4000`; the graph is at `/graphql`. */
  readonly url: string;
  /** Resolves when the first snapshot is complete; never rejects. */
  readonly ready: Promise<void>;
  /** Rejects when the hub can no longer work. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Starts everything; when a part cannot start, what had started is stopped again and the reason is thrown. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { settings, configFile, env = process.env, onError = (message) => console.error(message) } = options;
  const cleanUp = new AsyncDisposableStack();
  try {
    const model = loadModel(settings);
    const connections = openConnections(settings.connections, { env, participant: 0 });
    cleanUp.defer(() => connections.close());
    const starting = startEngineThread(configFile, env, connections.shared, onError);
    // Loaded only now: on two cores, the engine's thread loads its own half at the same time.
    const [{ serve }, engine] = await Promise.all([import('./serving.ts'), starting]).catch(async (error) => {
      await starting.then((begun) => begun.stop()).catch(() => {});
      throw error;
    });
    cleanUp.defer(() => engine.stop());
    options.signal?.throwIfAborted();
    const store = await openStore(settings.store, model, { role: 'reader' });
    cleanUp.defer(() => store.close());
    const progress = watchProgress(connections, streamStates(store), options.onProgress);
    cleanUp.defer(() => progress.stop());
    const server = await serve({ settings, connections, engine, store, progress });
    cleanUp.defer(() => server.close());
    const started = cleanUp.move();
    return { url: server.url, ready: progress.complete, failed: engine.failed, stop: () => started.disposeAsync() };
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}
