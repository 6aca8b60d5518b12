/** The hub's HTTP face: GraphQL by Apollo Server, the explorer, document bytes, health. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import { ConfigError } from '#sdk';
import { readBody } from './body.ts';
import { answerContent, type ReadContent } from './content.ts';
import { CONTENT_PATH, type ContentLinks } from './content-links.ts';
import { explorerPage, type PreparedQuery } from './explorer.ts';
import { refusedOrigin, requireLoopback } from './loopback.ts';

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly apollo: ApolloServer;
  readonly links: ContentLinks;
  readonly readContent: ReadContent;
  readonly queries: readonly PreparedQuery[];
  /** Why the graph cannot answer yet, in words; undefined when it can. */
  readonly notReady: () => string | undefined;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  requireLoopback(options.host);
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => {
      if (!response.headersSent)
        problem(response, 500, 'INTERNAL_SERVER_ERROR', 'The hub failed to answer; see its log.');
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 65_000;
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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

async function answer(request: IncomingMessage, response: ServerResponse, options: HttpServerOptions): Promise<void> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const refused = refusedOrigin(request.headers, options.allowedHosts);
  if (refused !== undefined) return problem(response, 403, 'FORBIDDEN', refused);
  if (path === '/graphql') return graphql(request, response, mark < 0 ? '' : url.slice(mark), options);
  if (path === '/health/live') return plain(response, 200, 'live');
  if (path === '/health/ready') {
    const reason = options.notReady();
    return plain(response, reason === undefined ? 200 : 503, reason ?? 'ready');
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
  const text = await readBody(request, options.maxBodyBytes);
  if (text === undefined) {
    response.setHeader('connection', 'close');
    return problem(
      response,
      413,
      'BODY_TOO_LARGE',
      `A request body may have ${options.maxBodyBytes} bytes at the most.`,
    );
  }
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return problem(response, 400, 'BAD_REQUEST', 'The request body is not valid JSON.');
  }
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

function problem(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
