/** Subscriptions over WebSockets, in the protocol graphql-transport-ws. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { refusedOrigin } from './loopback.ts';
import type { OpenStream } from './streams.ts';
import type { SocketProtocol } from './web-socket-protocol.ts';

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

/** The protocol is loaded with the first socket. */
export function openWebSockets(server: Server, options: WebSocketOptions): WebSockets {
  let protocol: Promise<SocketProtocol> | undefined;
  server.on('upgrade', (request, socket, head) => {
    const refusal = refused(request, options);
    if (refusal) return refuse(socket, ...refusal);
    const giveUp = () => socket.destroy();
    socket.once('error', giveUp);
    protocol ??= import('./web-socket-protocol.ts').then(({ speakProtocol }) => speakProtocol(options));
    protocol.then(({ take }) => {
      socket.off('error', giveUp);
      take(request, socket, head);
    }, giveUp);
  });
  return { close: async () => (await protocol)?.close() };
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
