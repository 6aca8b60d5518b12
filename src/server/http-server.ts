/** The hub's HTTP face: GraphQL by Apollo Server, the explorer, document bytes, health. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { TopicLog } from '#events';
import type { Subscriptions } from '#graph';
import { ConfigError } from '#sdk';
import { readBody } from './body.ts';
import { answerContent, type ReadContent } from './content.ts';
import { CONTENT_PATH, type ContentLinks } from './content-links.ts';
import { type EventStreams, openEventStreams, STREAM_PATH, streamRequest, wantsEventStream } from './event-stream.ts';
import { explorerPage, type PreparedQuery } from './explorer.ts';
import { answerHook, HOOKS_PATH, type Hooks } from './hooks.ts';
import { refusedOrigin, requireLoopback } from './loopback.ts';
import { type OpenStream, once, streamOpener } from './streams.ts';
import { answerTopics, TOPICS_PATH } from './topic-log.ts';
import { openWebSockets, type WebSockets } from './web-sockets.ts';

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly apollo: ApolloServer;
  readonly subscriptions?: Subscriptions;
  readonly links: ContentLinks;
  readonly readContent: ReadContent;
  /** Nobody is let in where there are none. */
  readonly hooks?: Hooks;
  /** Read by consumers without a broker. */
  readonly topicLog?: TopicLog;
  readonly queries: readonly PreparedQuery[];
  /** What is counted, as Prometheus reads it. */
  readonly readMetrics?: () => Promise<string>;
  /** Why the graph cannot answer yet, in words; undefined when it can. */
  readonly notReady: () => string | undefined;
}

/** Clients learn within two of these that the hub is gone, and the hub that a client is. */
const KEEP_ALIVE_MS = 12_000;
const INIT_WITHIN_MS = 3000;
const STALLED_MS = 30_000;

interface Streams {
  readonly open: OpenStream;
  readonly events: EventStreams;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  requireLoopback(options.host);
  const streams: Streams = {
    open: streamOpener(options.subscriptions, options.apollo),
    events: openEventStreams({ keepAliveMs: KEEP_ALIVE_MS, stalledMs: STALLED_MS }),
  };
  const server = createServer((request, response) => {
    answer(request, response, options, streams).catch(() => {
      if (!response.headersSent)
        problem(response, 500, 'INTERNAL_SERVER_ERROR', 'The hub failed to answer; see its log.');
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 65_000;
  const sockets = openWebSockets(server, {
    path: GRAPH_PATH,
    allowedHosts: options.allowedHosts,
    maxMessageBytes: options.maxBodyBytes,
    keepAliveMs: KEEP_ALIVE_MS,
    initWithinMs: INIT_WITHIN_MS,
    open: streams.open,
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () => {
      closing ??= closeAll(server, streams, sockets);
      return closing;
    },
  };
}

/** Streams first, so that each is told. */
async function closeAll(server: Server, { events }: Streams, sockets: WebSockets): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await Promise.all([events.close(), sockets.close()]);
  server.closeAllConnections();
  await closed;
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new ConfigError(
              `Port ${port} on ${host} is taken by another program. Set PORT to a free one, such as PORT=${port + 1}.`,
              {
                cause: error,
                details: { field: 'server.port', port },
              },
            )
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
}

const GRAPH_PATH = '/graphql';

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
  streams: Streams,
): Promise<void> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const refused = refusedOrigin(request.headers, options.allowedHosts);
  if (refused !== undefined) return problem(response, 403, 'FORBIDDEN', refused);
  if (path === GRAPH_PATH || path === STREAM_PATH) {
    const search = mark < 0 ? '' : url.slice(mark);
    return wantsEventStream(path, request.headers)
      ? eventStream(request, response, search, options, streams)
      : graphql(request, response, search, options);
  }
  if (path === '/health/live') return plain(response, 200, 'live');
  if (path === '/health/ready') {
    const reason = options.notReady();
    return plain(response, reason === undefined ? 200 : 503, reason ?? 'ready');
  }
  if (path === '/metrics' && options.readMetrics !== undefined) {
    const text = await options.readMetrics();
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    return;
  }
  if (path.startsWith(HOOKS_PATH) && options.hooks !== undefined) {
    const target = { name: path.slice(HOOKS_PATH.length), query: mark < 0 ? '' : url.slice(mark + 1) };
    return answerHook(request, response, target, options.hooks);
  }
  if ((path === TOPICS_PATH || path.startsWith(`${TOPICS_PATH}/`)) && options.topicLog !== undefined) {
    return answerTopics(request, response, { path, query: mark < 0 ? '' : url.slice(mark + 1) }, options.topicLog);
  }
  if (path.startsWith(CONTENT_PATH) && (request.method === 'GET' || request.method === 'HEAD')) {
    return answerContent(path.slice(CONTENT_PATH.length), request, response, options.links, options.readContent);
  }
  if (path === '/') {
    response.writeHead(302, { location: '/graphql' }).end();
    return;
  }
  return problem(response, 404, 'NOT_FOUND', 'There is nothing here; the graph is at /graphql.');
}

async function graphql(
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
  options: HttpServerOptions,
): Promise<void> {
  if (request.method === 'GET' && search === '' && request.headers.accept?.includes('text/html')) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(await explorerPage(options.queries));
    return;
  }
  const read = await readJson(request, response, options);
  if (!read) return;
  const { body } = read;
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const reply = await options.apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: (request.method ?? 'GET').toUpperCase(), headers, search, body },
    context: async () => ({}),
  });
  for (const [name, value] of reply.headers) response.setHeader(name, value);
  response.statusCode = reply.status ?? 200;
  if (reply.body.kind === 'complete') {
    response.end(reply.body.string);
    return;
  }
  for await (const chunk of reply.body.asyncIterator) response.write(chunk);
  response.end();
}

/** Answers what is no stream of events as such, so that only results come as events. */
async function eventStream(
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
  options: HttpServerOptions,
  { open, events }: Streams,
): Promise<void> {
  const isJson = request.headers['content-type']?.startsWith('application/json');
  if (request.method !== 'GET' && !isJson)
    return problem(response, 415, 'BAD_REQUEST', 'A request for a stream has its query as JSON, or in its address.');
  const read = await readJson(request, response, options);
  if (!read) return;
  const asked = streamRequest(request.method, search, read.body);
  if (!asked) return problem(response, 400, 'BAD_REQUEST', 'There is no query in the request.');
  const last = request.headers['last-event-id'];
  const opened = await open(asked, request, typeof last === 'string' && last !== '' ? last : undefined);
  return events.answer(request, response, 'errors' in opened ? once({ errors: opened.errors }) : opened.items);
}

/** Undefined: it was answered why not. */
async function readJson(
  request: IncomingMessage,
  response: ServerResponse,
  { maxBodyBytes }: HttpServerOptions,
): Promise<{ readonly body: unknown } | undefined> {
  const text = await readBody(request, maxBodyBytes);
  if (text === undefined) {
    response.setHeader('connection', 'close');
    problem(response, 413, 'BODY_TOO_LARGE', `A request body may have ${maxBodyBytes} bytes at the most.`);
    return undefined;
  }
  try {
    return { body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    problem(response, 400, 'BAD_REQUEST', 'The request body is not valid JSON.');
    return undefined;
  }
}

function problem(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
