/** Subscriptions over WebSockets, in the protocol graphql-transport-ws. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, type GraphQLSchema, parse } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { StreamItem } from '#graph';
import { refusedOrigin } from './loopback.ts';
import { asExecuted, type Items, type OpenStream } from './streams.ts';

export interface WebSocketOptions {
  readonly path: string;
  readonly allowedHosts: readonly string[];
  readonly maxMessageBytes: number;
  readonly keepAliveMs: number;
  readonly initWithinMs: number;
  readonly open: OpenStream;
}

export interface WebSockets {
  /** Closes every socket with 1001 (going away); those that do not answer are cut off. */
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 500;

export function openWebSockets(server: Server, options: WebSocketOptions): WebSockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxMessageBytes, clientTracking: true });
  const serving = useServer(hooks(options), sockets, options.keepAliveMs);
  server.on('upgrade', (request, socket, head) => {
    const refusal = refused(request, options);
    if (refusal) refuse(socket, ...refusal);
    else sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  return {
    async close() {
      const cutOff = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, CLOSE_WITHIN_MS);
      await serving.dispose();
      clearTimeout(cutOff);
    },
  };
}

function refused(request: IncomingMessage, options: WebSocketOptions): readonly [string, string] | undefined {
  const origin = refusedOrigin(request.headers, options.allowedHosts);
  if (origin !== undefined) return ['403 Forbidden', origin];
  const path = (request.url ?? '').split('?')[0];
  return path === options.path ? undefined : ['404 Not Found', `WebSockets are served at ${options.path}.`];
}

function refuse(socket: Duplex, status: string, text: string): void {
  socket.on('error', () => {});
  const head = [`HTTP/1.1 ${status}`, 'connection: close', 'content-type: text/plain; charset=utf-8'];
  socket.end(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** The library speaks the protocol; what a document is, and what it may, is decided by whoever opens it. */
type Ready = ExecutionArgs & { readonly items: Items };

function hooks({
  open,
  initWithinMs,
}: WebSocketOptions): ServerOptions<Record<string, unknown>, Extra> & { isProd: true } {
  return {
    isProd: true,
    connectionInitWaitTimeout: initWithinMs,
    onSubscribe: async ({ extra }, _id, { query, variables, operationName }) => {
      const opened = await open({ query, variables, operationName }, extra.socket);
      if ('errors' in opened) return opened.errors.map(asError);
      const ready: Ready = { schema: NO_SCHEMA, document: ANY_SUBSCRIPTION, items: opened.items };
      return ready;
    },
    subscribe: (args) => (args as Ready).items as never,
    onNext: (_context, _id, _payload, _args, item) => asExecuted(item as unknown as StreamItem),
  };
}

/** Already as a client may see it. */
function asError(shown: GraphQLFormattedError): GraphQLError {
  return Object.assign(new GraphQLError(shown.message), { toJSON: () => shown });
}

const NO_SCHEMA = undefined as unknown as GraphQLSchema;
/** Tells the library to expect a stream; a query is a stream of one answer. */
const ANY_SUBSCRIPTION = parse('subscription { any }');
