/** The protocol graphql-transport-ws on sockets that were let in. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, type GraphQLSchema, parse } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { StreamItem } from '#graph';
import { asExecuted, type Items } from './streams.ts';
import type { WebSocketOptions } from './web-sockets.ts';

export interface SocketProtocol {
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 500;

export function speakProtocol(options: WebSocketOptions): SocketProtocol {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxMessageBytes, clientTracking: true });
  const serving = useServer(hooks(options), sockets, options.keepAliveMs);
  return {
    take: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request)),
    async close() {
      const cutOff = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, CLOSE_WITHIN_MS);
      await serving.dispose();
      clearTimeout(cutOff);
    },
  };
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
