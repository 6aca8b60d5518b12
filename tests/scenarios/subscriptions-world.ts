import { ApolloServer } from '@apollo/server';
import { createClient as createSseClient, type Client as SseClient } from 'graphql-sse';
import { createClient as createWsClient, type Client as WsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { openLogTail, startPlacement } from '#events';
import { buildGraphSchema, Graph, graphServerOptions, Subscriptions } from '#graph';
import type { QueryLimits } from '#sdk';
import { createContentLinks, type HttpServer, startHttpServer } from '#server';
import type { Store } from '#store';
import type { StorePlace } from '../systems/postgres/index.ts';
import { openWorld, type World } from './observe-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its query, which only the test knows
export type Data = any;

export interface Answer {
  readonly data?: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Data }[];
}

/** The log of a store, and a server with the graph over it. */
export interface ServedSubscriptions {
  readonly graph: Graph;
  readonly server: HttpServer;
  stop(): Promise<void>;
}

export interface SubscriptionsWorld extends World {
  readonly graph: Graph;
  readonly server: HttpServer;
  readonly errors: unknown[];
  ask(query: string, variables?: Data): Promise<Answer>;
  webSocket(): WsClient;
  eventStream(): SseClient;
}

export async function serveSubscriptions(
  store: Store,
  limits: Partial<QueryLimits>,
  onError: (error: unknown) => void,
  pollMs?: number,
): Promise<ServedSubscriptions> {
  const log = openLogTail({ store, onError, ...(pollMs && { pollMs }) });
  const graph = new Graph({ store, limits, log });
  const schema = buildGraphSchema(graph);
  const apollo = new ApolloServer({ ...graphServerOptions(graph, onError), schema });
  await apollo.start();
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    maxBodyBytes: graph.limits.maxBodyBytes,
    apollo,
    subscriptions: new Subscriptions({ graph, schema, observe: onError }),
    links: createContentLinks(),
    readContent: async () => {
      throw new Error('There is no content here.');
    },
    queries: [],
    notReady: () => undefined,
  });
  return {
    graph,
    server,
    async stop() {
      await server.close();
      await log.stop();
      await apollo.stop();
    },
  };
}

/** A store that is written to and served. */
export async function openSubscriptions(
  place: StorePlace,
  limits: Partial<QueryLimits> = {},
): Promise<SubscriptionsWorld> {
  const world = await openWorld(place);
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const placement = startPlacement(world.store, onError, 5);
  const { graph, server, stop } = await serveSubscriptions(world.store, limits, onError, 5);
  const clients: { dispose(): unknown }[] = [];
  const kept = <C extends { dispose(): unknown }>(client: C): C => {
    clients.push(client);
    return client;
  };
  return {
    ...world,
    graph,
    server,
    errors,
    async ask(query, variables = {}) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    },
    webSocket: () =>
      kept(
        createWsClient({
          url: `${server.url.replace('http', 'ws')}/graphql`,
          webSocketImpl: WebSocket,
          retryAttempts: 0,
        }),
      ),
    eventStream: () => kept(createSseClient({ url: `${server.url}/graphql/stream`, retryAttempts: 0 })),
    async close() {
      for (const client of clients) await client.dispose();
      await stop();
      await placement.stop();
      await world.close();
    },
  };
}

/** What one subscription was told so far. */
export interface Told {
  readonly answers: Answer[];
  /** Of the one root field of each answer. */
  readonly events: readonly Data[];
  /** Resolves when the stream ends; rejects as the client does. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Both clients subscribe alike. */
export function tell(client: WsClient | SseClient, query: string, variables: Data = {}): Told {
  const answers: Answer[] = [];
  let stop = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    stop = (client as WsClient).subscribe(
      { query, variables },
      { next: (answer) => void answers.push(answer as Answer), error: reject, complete: resolve },
    );
  });
  ended.catch(() => {});
  return {
    answers,
    get events() {
      return answers.flatMap(({ data }) => (data ? Object.values(data) : []));
    },
    ended,
    stop: () => stop(),
  };
}
