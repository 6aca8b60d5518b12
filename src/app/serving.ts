/** The reading side of a hub: the graph over the store, the control graph beside it, and the server for both. */
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Connections } from '#connections';
import { buildControlSchema } from '#control';
import { createEnvelope, type LogTail, openLogTail, openTopicLog } from '#events';
import { ownershipTable } from '#golden';
import { buildGraphSchema, DateTimeScalar, Graph, graphServerOptions, mergeGraphs, Subscriptions } from '#graph';
import { NotSupportedError } from '#sdk';
import {
  type ContentLinks,
  createContentLinks,
  type Hooks,
  type HttpServer,
  type ReadContent,
  startHttpServer,
} from '#server';
import type { Store } from '#store';
import type { Engine } from './engine.ts';
import type { HubSettings } from './hub-config.ts';
import type { ProgressWatch } from './hub-progress.ts';
import { createHubStatus } from './hub-status.ts';
import { createLiveReader } from './live-adapter.ts';
import { readMetrics } from './metrics.ts';
import { PREPARED_QUERIES } from './prepared-queries.ts';

export interface ServingParts {
  readonly settings: HubSettings;
  readonly connections: Connections;
  readonly engine: Engine;
  readonly store: Store;
  readonly progress: ProgressWatch;
  /** What went wrong and is tried again. */
  readonly onError: (message: string) => void;
}

/** Answers until it is closed; when the address cannot be had, nothing is left running. */
export async function serve(parts: ServingParts): Promise<HttpServer> {
  const links = createContentLinks();
  let url = '';
  const log = openLogTail({ store: parts.store, onError: (error) => parts.onError(String(error)) });
  const graph = createGraph(parts, log, (target) => url + links.sign(target));
  const schema = await createSchema(graph, parts);
  const apollo = await startApollo(graph, schema);
  const stop = async () => {
    await log.stop();
    await apollo.stop();
  };
  try {
    const subscriptions = new Subscriptions({ graph, schema });
    const server = await startServer(graph, { apollo, subscriptions, links }, parts);
    url = server.url;
    return {
      ...server,
      close: async () => {
        await server.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function createGraph(
  { settings, connections, engine, store }: ServingParts,
  log: LogTail,
  sign: ContentLinks['sign'],
): Graph {
  return new Graph({
    store,
    log,
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

async function createSchema(graph: Graph, { connections, store, engine }: ServingParts): Promise<GraphQLSchema> {
  const control = await buildControlSchema(createHubStatus(connections, store, engine), DateTimeScalar);
  return mergeGraphs(buildGraphSchema(graph), control);
}

async function startApollo(graph: Graph, schema: GraphQLSchema): Promise<ApolloServer> {
  const apollo = new ApolloServer({
    ...graphServerOptions(graph),
    schema,
    introspection: true,
    stopOnTerminationSignals: false,
  });
  apollo.addPlugin(ApolloServerPluginLandingPageDisabled());
  // Meant for subgraphs of a federation; unless told, Apollo loads it all the same.
  apollo.addPlugin(ApolloServerPluginInlineTraceDisabled());
  await apollo.start();
  return apollo;
}

function startServer(
  graph: Graph,
  parts: { readonly apollo: ApolloServer; readonly subscriptions: Subscriptions; readonly links: ContentLinks },
  { settings, connections, engine, store, progress }: ServingParts,
): Promise<HttpServer> {
  const { host, port, allowedHosts } = settings;
  return startHttpServer({
    host,
    port,
    allowedHosts,
    maxBodyBytes: graph.limits.maxBodyBytes,
    ...parts,
    queries: PREPARED_QUERIES,
    readContent: contentReader(connections),
    hooks: hooksOf(connections, engine),
    topicLog: openTopicLog(store, createEnvelope(store.layout.model, store.incarnation, settings.topics)),
    readMetrics: () => readMetrics(engine.calls),
    notReady: () => {
      const latest = progress.latest();
      if (latest?.complete) return undefined;
      return latest === undefined ? 'starting' : `first snapshot: ${latest.streamsDone} of ${latest.streams} streams`;
    },
  });
}

/** Pushes are verified here; what they hint at is read by the engine. */
function hooksOf(connections: Connections, engine: Engine): Hooks {
  const pushing = connections.all.filter(({ manifest }) => manifest.webhook).map(({ name }) => name);
  return {
    connections: new Set(pushing),
    receive: async (name, request) => {
      const hints = await connections.get(name).receive(request);
      if (hints.length > 0) await engine.calls.takeHints(name, hints);
    },
  };
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
