import { ApolloServer } from '@apollo/server';
import { createClient as createSseClient, type Client as SseClient } from 'graphql-sse';
import { createClient as createWsClient, type Client as WsClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type LogTail, openLogTail, startPlacement } from '#events';
import { buildGraphSchema, Graph, graphServerOptions, Subscriptions } from '#graph';
import type { QueryLimits } from '#sdk';
import { createContentLinks, type HttpServer, startHttpServer } from '#server';
import type { StorePlace } from '../systems/postgres/index.ts';
import { openWorld, type World } from './observe-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its query, which only the test knows
export type Data = any;

export interface Answer {
  readonly data?: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Data }[];
}

/** A store that is written to, its log, and a server with the graph over it. */
export interface SubscriptionsWorld extends World {
  readonly graph: Graph;
  readonly log: LogTail;
  readonly server: HttpServer;
  readonly errors: unknown[];
  ask(query: string, variables?: Data): Promise<Answer>;
  webSocket(): WsClient;
  eventStream(): SseClient;
}

export async function openSubscriptions(
  place: StorePlace,
  limits: Partial<QueryLimits> = {},
): Promise<SubscriptionsWorld> {
  const world = await openWorld(place);
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const placement = startPlacement(world.store, onError, 5);
  const log = openLogTail({ store: world.store, onError, pollMs: 5 });
  const graph = new Graph({ store: world.store, limits, log });
  const schema = buildGraphSchema(graph);
  const observe = (error: unknown) => void errors.push(error);
  const apollo = new ApolloServer({ ...graphServerOptions(graph, observe), schema });
  await apollo.start();
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    maxBodyBytes: graph.limits.maxBodyBytes,
    apollo,
    subscriptions: new Subscriptions({ graph, schema, observe }),
    links: createContentLinks(),
    readContent: async () => {
      throw new Error('There is no content here.');
    },
    queries: [],
    notReady: () => undefined,
  });
  const clients: { dispose(): unknown }[] = [];
  const kept = <C extends { dispose(): unknown }>(client: C): C => {
    clients.push(client);
    return client;
  };
  return {
    ...world,
    graph,
    log,
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
          lazy: true,
        }),
      ),
    eventStream: () => kept(createSseClient({ url: `${server.url}/graphql/stream`, retryAttempts: 0 })),
    async close() {
      for (const client of clients) await client.dispose();
      await server.close();
      await log.stop();
      await apollo.stop();
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
