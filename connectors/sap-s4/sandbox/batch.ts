import { randomUUID } from 'node:crypto';
import { SandboxRefusal, type SandboxReply, type SandboxRequest, sandboxRequest } from 'isthmus/sdk/testing';
import { errorReply, refuse } from './refusals.ts';

export interface BatchContext {
  /** Where the parts' relative URLs begin: `/sap/opu/odata/sap/API_X/`. */
  readonly servicePath: string;
  /** Answers one request of the batch; throws a refusal. */
  readonly answer: (request: SandboxRequest) => SandboxReply;
  /** Runs a change set: all or nothing. */
  readonly atomically: <T>(work: () => T) => T;
}

/** `$batch`: GETs as parts of their own, edits in change sets; 202, and one part for a change set that failed. */
export function answerBatch(request: SandboxRequest, context: BatchContext): SandboxReply {
  const boundary = boundaryOf(request.headers['content-type'] ?? '');
  if (boundary === undefined) return refuse(400, 'A batch is multipart/mixed with a boundary');
  const outer = `ejjeeffe0-${randomUUID()}`;
  const parts = partsOf(request.text(), boundary).map((part) => {
    const inner = boundaryOf(part.headers.get('content-type') ?? '');
    if (inner === undefined) return httpPart(answerPart(part, request, context));
    return changeSet(partsOf(part.body, inner), request, context);
  });
  const text = parts.map((part) => `--${outer}\r\n${part}\r\n`).join('');
  return {
    status: 202,
    headers: { 'content-type': `multipart/mixed; boundary=${outer}`, dataserviceversion: '2.0' },
    body: `${text}--${outer}--\r\n`,
  };
}

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function changeSet(parts: readonly Part[], request: SandboxRequest, context: BatchContext): string {
  try {
    const replies = context.atomically(() => parts.map((part) => httpPart(answered(part, request, context), part)));
    const inner = `changeset-${randomUUID()}`;
    const text = replies.map((reply) => `--${inner}\r\n${reply}\r\n`).join('');
    return `Content-Type: multipart/mixed; boundary=${inner}\r\n\r\n${text}--${inner}--\r\n`;
  } catch (error) {
    if (!(error instanceof SandboxRefusal)) throw error;
    return httpPart(error.reply);
  }
}

function answerPart(part: Part, request: SandboxRequest, context: BatchContext): SandboxReply {
  try {
    return answered(part, request, context);
  } catch (error) {
    if (error instanceof SandboxRefusal) return error.reply;
    throw error;
  }
}

function answered(part: Part, request: SandboxRequest, context: BatchContext): SandboxReply {
  const [head = '', ...rest] = splitHead(part.body);
  const lines = head.split(/\r?\n/);
  const line = /^(\w+)\s+(.*?)(?:\s+HTTP\/1\.\d)?$/.exec(lines[0] ?? '');
  if (line === null) throw new SandboxRefusal(errorReply(400, 'A part of the batch has no request line'));
  const url = line[2]!.startsWith('/') ? line[2]! : `${context.servicePath}${line[2]}`;
  const headers = Object.fromEntries(headersOf(lines.slice(1)));
  return context.answer(
    sandboxRequest({
      method: line[1]!,
      url,
      headers,
      body: Buffer.from(rest.join('\r\n\r\n').trim()),
      trouble: (kind) => request.trouble(kind),
    }),
  );
}

function httpPart(reply: SandboxReply, part?: Part): string {
  const status = reply.status ?? 200;
  const body = reply.body === undefined || reply.body === null ? '' : String(reply.body);
  const headers = Object.entries(reply.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
  const contentId = part?.headers.get('content-id');
  const idLine = contentId === undefined ? '' : `Content-ID: ${contentId}\r\n`;
  const message = `HTTP/1.1 ${status} ${reason(status)}\r\n${headers.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  return `Content-Type: application/http\r\nContent-Length: ${Buffer.byteLength(message)}\r\n${idLine}content-transfer-encoding: binary\r\n\r\n${message}`;
}

function reason(status: number): string {
  if (status < 300) return status === 201 ? 'Created' : status === 204 ? 'No Content' : 'OK';
  return 'Error';
}

function boundaryOf(contentType: string): string | undefined {
  return /multipart\/mixed\s*;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
}

function partsOf(text: string, boundary: string): Part[] {
  return text
    .split(`--${boundary}`)
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map((part) => {
      const [head = '', ...rest] = splitHead(part.replace(/^\r?\n/, ''));
      return { headers: headersOf(head.split(/\r?\n/)), body: rest.join('\r\n\r\n').replace(/^(\r?\n)+/, '') };
    });
}

function splitHead(text: string): string[] {
  return text.split(/\r?\n\r?\n/);
}

function headersOf(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines
      .map((line) => /^([\w-]+):\s*(.*)$/.exec(line))
      .filter((match) => match !== null)
      .map((match) => [match[1]!.toLowerCase(), match[2]!.trim()]),
  );
}
