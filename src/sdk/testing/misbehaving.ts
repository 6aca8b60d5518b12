import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { SandboxReply } from './exchange.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { writeReply, writeTruncated } from './reply-writer.ts';

const LOGON_PAGE =
  '<!DOCTYPE html><html><head><title>Logon</title></head><body><form action="/logon" method="post">' +
  '<input name="user"><input name="password" type="password"><button>Log on</button></form></body></html>';

export interface Acting {
  /** Handles the request as if nothing were wrong. */
  readonly handled: () => Promise<SandboxReply>;
  /** The product's own error body. */
  readonly error: (status: number) => SandboxReply;
}

/** Acts out one scripted misbehaviour other than `slow` on one answer. */
export async function actOut(trouble: Misbehaviour, answer: ServerResponse, acting: Acting): Promise<void> {
  if (trouble.kind === 'truncate') return writeTruncated(answer, await acting.handled(), trouble.share ?? 0.5);
  if (trouble.handled === true) await drop(acting.handled());
  switch (trouble.kind) {
    case 'status':
      return writeReply(answer, scriptedStatus(trouble, acting));
    case 'html':
      return writeReply(answer, scriptedHtml(trouble));
    case 'reset':
      answer.socket?.resetAndDestroy();
      return;
    default:
      // `hang`: the client gives up, or `stop()` cuts the connection.
      return;
  }
}

/** Waits, but no longer than the client does. */
export function delay(ms: number, answer: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      answer.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    answer.once('close', done);
  });
}

function scriptedStatus(trouble: Misbehaviour, acting: Acting): SandboxReply {
  const reply = acting.error(trouble.status ?? 500);
  const headers = { ...reply.headers, ...trouble.headers };
  return {
    status: trouble.status ?? 500,
    headers: trouble.retryAfter === undefined ? headers : { ...headers, 'retry-after': String(trouble.retryAfter) },
    body: trouble.body ?? reply.body,
  };
}

function scriptedHtml(trouble: Misbehaviour): SandboxReply {
  return {
    status: trouble.status ?? 200,
    headers: { 'content-type': 'text/html;charset=utf-8', ...trouble.headers },
    body: trouble.body ?? LOGON_PAGE,
  };
}

async function drop(reply: Promise<SandboxReply>): Promise<void> {
  const { body } = await reply;
  if (body instanceof Readable) body.destroy();
}
