import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { SandboxReply } from './exchange.ts';

export async function writeReply(answer: ServerResponse, reply: SandboxReply): Promise<void> {
  if (answer.destroyed) {
    if (reply.body instanceof Readable) reply.body.destroy();
    return;
  }
  const body = reply.body ?? null;
  writeHead(answer, reply);
  if (body === null) {
    answer.end();
  } else if (body instanceof Readable) {
    // A client that leaves while we stream is its own business.
    await pipeline(body, answer).catch(() => answer.destroy());
  } else {
    answer.end(toBytes(body));
  }
}

/** Announces the whole body, sends a share of it and cuts the connection. */
export async function writeTruncated(answer: ServerResponse, reply: SandboxReply, share: number): Promise<void> {
  const whole = reply.body instanceof Readable ? await buffer(reply.body) : Buffer.from(toBytes(reply.body ?? ''));
  const part = whole.subarray(0, Math.min(Math.floor(whole.length * share), Math.max(whole.length - 1, 0)));
  writeHead(answer, { ...reply, headers: { ...reply.headers, 'content-length': whole.length } });
  answer.flushHeaders();
  await new Promise<void>((resolve) => answer.write(part, () => resolve()));
  answer.destroy();
}

function writeHead(answer: ServerResponse, reply: SandboxReply): void {
  answer.statusCode = reply.status ?? 200;
  let hasType = false;
  for (const name in reply.headers) {
    const value = reply.headers[name]!;
    if (name.toLowerCase() === 'content-type') hasType = true;
    answer.setHeader(name, typeof value === 'object' ? [...value] : value);
  }
  if (!hasType && reply.body !== undefined && reply.body !== null) answer.setHeader('content-type', typeOf(reply.body));
}

function typeOf(body: NonNullable<SandboxReply['body']>): string {
  if (typeof body === 'string') return 'text/plain;charset=utf-8';
  if (body instanceof Uint8Array || body instanceof Readable) return 'application/octet-stream';
  return 'application/json;charset=utf-8';
}

function toBytes(body: string | Uint8Array | object): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}
