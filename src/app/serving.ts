/** The reading side of a hub: the graph over the store, the control graph beside it, and the server for both. */
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import type { Connections } from '#connections';
import { buildControlSchema } from '#control';
import { ownershipTable } from '#golden';
import { buildGraphSchema, DateTimeScalar, Graph, graphServerOptions, mergeGraphs } from '#graph';
import { NotSupportedError } from '#sdk';
import { type ContentLinks, createContentLinks, type HttpServer, type ReadContent, startHttpServer } from '#server';
import type { Store } from '#store';
import type { Engine } from './engine.ts';
import type { HubSettings } from './hub-config.ts';
import type { ProgressWatch } from './hub-progress.ts';
import { createHubStatus } from './hub-status.ts';
import { createLiveReader } from './live-adapter.ts';
import { PREPARED_QUERIES } from './prepared-queries.ts';

export interface ServingParts {
  readonly settings: HubSettings;
  readonly connections: Connections;
  readonly engine: Engine;
  readonly store: Store;
  readonly progress: ProgressWatch;
}

/** Answers until it is closed; when the address cannot be had, nothing is left running. */
export async function serve(parts: ServingParts): Promise<HttpServer> {
  const links = createContentLinks();
  let url = '';
  const graph = createGraph(parts, (target) => url + links.sign(target));
  const apollo = await startApollo(graph, parts);
  try {
    const server = await startServer(graph, apollo, links, parts);
    url = server.url;
    return {
      ...server,
      close: async () => {
        await server.close();
        await apollo.stop();
      },
    };
  } catch (error) {
    await apollo.stop();
    throw error;
  }
}

function createGraph({ settings, connections, engine, store }: ServingParts, sign: ContentLinks['sign']): Graph {
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

async function startApollo(graph: Graph, { connections, store, engine }: ServingParts): Promise<ApolloServer> {
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
  graph: Graph,
  apollo: ApolloServer,
  links: ContentLinks,
  { settings, connections, progress }: ServingParts,
): Promise<HttpServer> {
  const { host, port, allowedHosts } = settings;
  return startHttpServer({
    host,
    port,
    allowedHosts,
    maxBodyBytes: graph.limits.maxBodyBytes,
    apollo,
    links,
    queries: PREPARED_QUERIES,
    readContent: contentReader(connections),
    notReady: () => {
      const latest = progress.latest();
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
