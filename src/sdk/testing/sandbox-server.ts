import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createControlHandler } from './control-endpoints.ts';
import {
  type SandboxHandler,
  SandboxRefusal,
  type SandboxReply,
  type SandboxRequest,
  sandboxRequest,
} from './exchange.ts';
import { actOut, delay } from './misbehaving.ts';
import { type Misbehaviour, MisbehaviourList, type MisbehaviourScript } from './misbehaviour.ts';
import { writeReply } from './reply-writer.ts';
import { BoundedRequestJournal, type RequestJournal, requestLine } from './request-journal.ts';
import { createSandboxClock, type SandboxClock } from './sandbox-clock.ts';
import type { SandboxStore } from './sandbox-store.ts';

export interface SandboxServerOptions {
  /** Shown in errors and in `GET /__sandbox/status`. */
  readonly name: string;
  /** 0 or absent: a free port. Always bound to 127.0.0.1. */
  readonly port?: number;
  readonly handler: SandboxHandler;
  readonly clock?: SandboxClock;
  /** Given a store, `GET /__sandbox/commits` and `POST /__sandbox/late` serve it, and `stop()` closes it. */
  readonly store?: SandboxStore;
  /** Request bodies over this are answered 413 (`errorReply`); 32 MiB when absent. */
  readonly bodyLimitBytes?: number;
  /** Node's limit for request line and headers; the kit answers 431 over it; 16 KiB when absent. */
  readonly maxHeaderBytes?: number;
  /** The product's own error body for a status that the kit has to send (scripted ones, 413, 500). */
  readonly errorReply?: (status: number, request: SandboxRequest, misbehaviour?: Misbehaviour) => SandboxReply;
  /** More `POST|GET /__sandbox/<name>` endpoints of this sandbox. */
  readonly control?: Readonly<Record<string, SandboxHandler>>;
  /** Run at `stop()`, after the last connection closed and before the store closes. */
  readonly onStop?: () => void | Promise<void>;
}

/** A running sandbox. A product's `startX()` returns this, usually widened with what its tests want. */
export interface SandboxServer extends MisbehaviourScript {
  readonly name: string;
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly clock: SandboxClock;
  readonly journal: RequestJournal;
  /** Cuts open connections; resolves when the port is free and the store closed. May be called twice. */
  stop(): Promise<void>;
  /** Resolves when stopped, by whomever (`POST /__sandbox/stop` too). */
  readonly stopped: Promise<void>;
}

const CONTROL_PREFIX = '/__sandbox/';
const DEFAULT_BODY_LIMIT = 32 * 1024 * 1024;

export async function startSandboxServer(options: SandboxServerOptions): Promise<SandboxServer> {
  const clock = options.store?.clock ?? options.clock ?? createSandboxClock();
  const journal = new BoundedRequestJournal();
  const script = new MisbehaviourList();
  let stop: () => Promise<void> = async () => {};
  const control = createControlHandler({ ...options, clock, journal, script, stop: () => stop() });
  const context: ServerContext = { options, journal, script, control };

  const server = createServer(
    { maxHeaderSize: options.maxHeaderBytes, keepAliveTimeout: 65_000 },
    (incoming, answer) => {
      serve(context, incoming, answer).catch((error: unknown) => {
        const clientLeft = incoming.destroyed && !incoming.complete;
        if (clientLeft) return;
        process.stderr.write(`sandbox ${options.name}: ${incoming.method} ${incoming.url}: ${describe(error)}\n`);
        answer.destroy();
      });
    },
  );
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;

  let markStopped: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    markStopped = resolve;
  });
  let stopping: Promise<void> | undefined;
  stop = () => {
    stopping ??= shutDown(server, options).finally(markStopped);
    return stopping;
  };
  return {
    name: options.name,
    url: `http://127.0.0.1:${port}`,
    port,
    clock,
    journal,
    misbehave: (misbehaviour) => script.misbehave(misbehaviour),
    behave: () => script.behave(),
    stop,
    stopped,
  };
}

interface ServerContext {
  readonly options: SandboxServerOptions;
  readonly journal: BoundedRequestJournal;
  readonly script: MisbehaviourList;
  readonly control: SandboxHandler;
}

async function serve(context: ServerContext, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { options, script } = context;
  const method = incoming.method ?? 'GET';
  const url = incoming.url ?? '/';
  const isControl = url.startsWith(CONTROL_PREFIX);
  if (!isControl) {
    const note = context.journal.note(method, url);
    answer.once('finish', () => note(answer.statusCode));
  }
  const body = await readBody(incoming, options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT);
  const parts = { method, url, headers: incoming.headers, body: body ?? undefined };
  if (isControl) return writeReply(answer, await handle(context, context.control, sandboxRequest(parts)));

  const line = script.isEmpty ? '' : requestLine(method, url);
  const request = sandboxRequest({
    ...parts,
    trouble: (kind) => (script.isEmpty ? undefined : script.takeForHandler(line || requestLine(method, url), kind)),
  });
  if (body === null) {
    answer.shouldKeepAlive = false;
    return writeReply(answer, errorReply(options, 413, request));
  }
  const troubles = script.isEmpty ? [] : script.takeForServer(line);
  let trouble: Misbehaviour | undefined;
  for (const each of troubles) {
    if (each.kind === 'slow') await delay(each.delayMs ?? 1000, answer);
    else trouble = each;
  }
  if (trouble === undefined) return writeReply(answer, await handle(context, options.handler, request));
  await actOut(trouble, answer, {
    handled: () => handle(context, options.handler, request),
    error: (status) => errorReply(options, status, request, trouble),
  });
}

async function handle(context: ServerContext, handler: SandboxHandler, request: SandboxRequest): Promise<SandboxReply> {
  try {
    return await handler(request);
  } catch (error) {
    if (error instanceof SandboxRefusal) return error.reply;
    const { name } = context.options;
    process.stderr.write(`sandbox ${name}: ${request.method} ${request.path} failed: ${describe(error)}\n`);
    return errorReply(context.options, 500, request);
  }
}

function errorReply(
  options: SandboxServerOptions,
  status: number,
  request: SandboxRequest,
  misbehaviour?: Misbehaviour,
): SandboxReply {
  return options.errorReply?.(status, request, misbehaviour) ?? { status, body: { error: `status ${status}` } };
}

/** Null when the body is over the limit. */
async function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Buffer | null> {
  if (incoming.headers['content-length'] === undefined && incoming.headers['transfer-encoding'] === undefined) {
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and dropped, else the client may see a reset instead of the 413.
    if (size <= limitBytes) chunks.push(chunk);
  }
  if (size > limitBytes) return null;
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function shutDown(server: Server, options: SandboxServerOptions): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  await options.onStop?.();
  options.store?.close();
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
