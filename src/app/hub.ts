/** The composition root: config to rooms, wired together. */
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { type Connections, openConnections } from '#connections';
import { buildControlSchema } from '#control';
import { ownershipTable } from '#golden';
import { buildGraphSchema, DateTimeScalar, Graph, graphServerOptions, mergeGraphs } from '#graph';
import { NotSupportedError } from '#sdk';
import { type ContentLinks, createContentLinks, type ReadContent, requireLoopback, startHttpServer } from '#server';
import { openStore, type Store, streamStates } from '#store';
import { type EngineThread, startEngineThread } from './engine-client.ts';
import { type HubSettings, loadModel } from './hub-config.ts';
import { type HubProgress, type ProgressWatch, watchProgress } from './hub-progress.ts';
import { createHubStatus } from './hub-status.ts';
import { createLiveReader } from './live-adapter.ts';
import { PREPARED_QUERIES } from './prepared-queries.ts';

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
  requireLoopback(settings.host);
  const cleanUp = new AsyncDisposableStack();
  try {
    const model = loadModel(settings);
    const connections = openConnections(settings.connections, { env, participant: 0 });
    cleanUp.defer(() => connections.close());
    const engine = await startEngineThread(configFile, env, connections.shared, onError);
    cleanUp.defer(() => engine.stop());
    options.signal?.throwIfAborted();
    const store = await openStore(settings.store, model, { role: 'reader' });
    cleanUp.defer(() => store.close());
    const progress = watchProgress(connections, streamStates(store), options.onProgress);
    cleanUp.defer(() => progress.stop());
    const links = createContentLinks();
    let url = '';
    const graph = createGraph({ settings, connections, engine, store, sign: (target) => url + links.sign(target) });
    const apollo = await startApollo(graph, connections, store, engine);
    cleanUp.defer(() => apollo.stop());
    const server = await startServer(settings, { apollo, links, connections, progress });
    cleanUp.defer(() => server.close());
    url = server.url;
    const started = cleanUp.move();
    return { url, ready: progress.complete, failed: engine.failed, stop: () => started.disposeAsync() };
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}

function createGraph(parts: {
  readonly settings: HubSettings;
  readonly connections: Connections;
  readonly engine: EngineThread;
  readonly store: Store;
  readonly sign: ContentLinks['sign'];
}): Graph {
  const { settings, connections, engine, store, sign } = parts;
  return new Graph({
    store,
    limits: settings.limits,
    ownership: ownershipTable(
      store.layout.model,
      connections.all.map(({ name, manifest }) => ({ name, manifest })),
      settings.ownership,
    ),
    normalizeKey: connections.normalizeKey,
    live: createLiveReader(connections, engine.observeLive),
    content: {
      sign,
      hasContent: (name, stream) =>
        connections.all
          .find((connection) => connection.name === name)
          ?.streams.some((each) => each.name === stream && each.manifest.content !== undefined) ?? false,
    },
  });
}

async function startApollo(
  graph: Graph,
  connections: Connections,
  store: Store,
  engine: EngineThread,
): Promise<ApolloServer> {
  const control = await buildControlSchema(createHubStatus(connections, store, engine), DateTimeScalar);
  const apollo = new ApolloServer({
    ...graphServerOptions(graph),
    schema: mergeGraphs(buildGraphSchema(graph), control),
    introspection: true,
    stopOnTerminationSignals: false,
  });
  apollo.addPlugin(ApolloServerPluginLandingPageDisabled());
  await apollo.start();
  return apollo;
}

function startServer(
  settings: HubSettings,
  parts: {
    readonly apollo: ApolloServer;
    readonly links: ContentLinks;
    readonly connections: Connections;
    readonly progress: ProgressWatch;
  },
) {
  const { host, port, allowedHosts, limits } = settings;
  return startHttpServer({
    host,
    port,
    allowedHosts,
    maxBodyBytes: limits.maxBodyBytes,
    apollo: parts.apollo,
    links: parts.links,
    queries: PREPARED_QUERIES,
    readContent: contentReader(parts.connections),
    notReady: () => {
      const latest = parts.progress.latest();
      if (latest?.complete) return undefined;
      return latest === undefined ? 'starting' : `first snapshot: ${latest.streamsDone} of ${latest.streams} streams`;
    },
  });
}

function contentReader(connections: Connections): ReadContent {
  return async ({ connection, stream, key }, range, signal) => {
    const source = connections.get(connection);
    const { content } = source.stream(stream).abilities;
    if (!content) throw new NotSupportedError(`${connection}: the stream ${stream} has no documents' bytes.`);
    const { value } = await source.call({ priority: 'interactive', signal }, (http) =>
      content({ key, ...(range && { range }) }, http),
    );
    return value;
  };
}
