/** Subscriptions over HTTP: server-sent events, one stream a request (GraphQL over SSE, distinct connections). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamRequest } from '#graph';
import type { Items } from './streams.ts';

export interface EventStreams {
  /** Answers until the results end, the client goes, or the server closes. */
  answer(request: IncomingMessage, response: ServerResponse, items: Items): Promise<void>;
  /** Completes every stream. */
  close(): Promise<void>;
}

export interface EventStreamOptions {
  readonly keepAliveMs: number;
  /** A client that takes nothing for so long is cut off. */
  readonly stalledMs: number;
}

export const STREAM_PATH = '/graphql/stream';

/** Whether what is asked for is a stream: by its address, or by nothing else being accepted. */
export function wantsEventStream(path: string, { accept }: IncomingMessage['headers']): boolean {
  return path === STREAM_PATH || accept?.trim().toLowerCase() === 'text/event-stream';
}

/** A request as GraphQL over HTTP writes it, in the address or as JSON; undefined when there is no query in it. */
export function streamRequest(method: string | undefined, search: string, body: unknown): StreamRequest | undefined {
  const given = method === 'GET' ? Object.fromEntries(new URLSearchParams(search)) : body;
  if (typeof given !== 'object' || given === null || !('query' in given)) return undefined;
  const { query, operationName, variables } = given as Readonly<Record<string, unknown>>;
  if (typeof query !== 'string') return undefined;
  const values = typeof variables === 'string' ? jsonOf(variables) : variables;
  if (values !== undefined && values !== null && (typeof values !== 'object' || Array.isArray(values)))
    return undefined;
  return {
    query,
    variables: values as StreamRequest['variables'],
    operationName: typeof operationName === 'string' ? operationName : undefined,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function openEventStreams({ keepAliveMs, stalledMs }: EventStreamOptions): EventStreams {
  const streams = new Map<Items, Promise<void>>();
  return {
    answer(request, response, items) {
      const served = serve(request, response, items, keepAliveMs, stalledMs).finally(() => streams.delete(items));
      streams.set(items, served);
      return served;
    },
    async close() {
      await Promise.all([...streams].map(([items, served]) => Promise.all([items.return?.(), served])));
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  items: Items,
  keepAliveMs: number,
  stalledMs: number,
): Promise<void> {
  // The client may have gone while the stream was being opened.
  if (response.destroyed || request.socket.destroyed) {
    await items.return?.();
    return;
  }
  request.socket.setNoDelay(true);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  response.once('close', () => void items.return?.());
  // Some browsers show the answer's head only with its first bytes.
  response.write(':\n\n');
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, keepAliveMs);
  try {
    for await (const { result, resumeToken } of items) {
      const id = resumeToken === undefined ? '' : `id: ${resumeToken}\n`;
      if (!response.write(`event: next\n${id}data: ${JSON.stringify(result)}\n\n`)) await drained(response, stalledMs);
      if (response.destroyed) return;
    }
    response.end('event: complete\ndata:\n\n');
  } finally {
    clearInterval(keepAlive);
  }
}

function drained(response: ServerResponse, withinMs: number): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), withinMs);
    response.on('drain', done).on('close', done);
  });
}
