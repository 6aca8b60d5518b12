/** Document bytes on their way from a system to a reader: streamed, with range, never through JSON. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Content, hasCode } from '#sdk';
import type { ContentLinks, ContentTarget } from './content-links.ts';

export type ByteRange = { readonly start: number; readonly end?: number };

/** Asks the system that holds the bytes. Throws `NotFoundError` when they are gone. */
export type ReadContent = (
  target: ContentTarget,
  range: ByteRange | undefined,
  signal: AbortSignal,
) => Promise<Content>;

export async function answerContent(
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
  links: ContentLinks,
  read: ReadContent,
): Promise<void> {
  const verified = links.verify(token);
  if ('refused' in verified) {
    const text =
      verified.refused === 'expired'
        ? 'This link has expired; ask the graph for a new one.'
        : 'This link is not valid.';
    return refuse(response, verified.refused === 'expired' ? 410 : 404, text);
  }
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  let content: Content;
  try {
    content = await read(verified.target, parseRange(request.headers.range), abort.signal);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return refuse(response, 404, 'The document or its bytes no longer exist.');
    return refuse(
      response,
      502,
      `The system ${verified.target.connection} could not deliver the document now; try again later.`,
    );
  }
  response.writeHead(content.range ? 206 : 200, headersOf(content));
  if (request.method === 'HEAD') {
    await content.stream.cancel();
    response.end();
    return;
  }
  // The status line is out: a system that breaks off now can only be told by a cut connection.
  await pipeline(Readable.fromWeb(content.stream as import('node:stream/web').ReadableStream), response).catch(() =>
    response.destroy(),
  );
}

/** One range of bytes as RFC 9110 §14.2 writes it; several, or a suffix, are answered with the whole. */
export function parseRange(header: string | undefined): ByteRange | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (!match) return undefined;
  const start = Number(match[1]);
  if (match[2] === '') return { start };
  const end = Number(match[2]);
  return end < start ? undefined : { start, end };
}

function headersOf(content: Content): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': content.mimeType,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store',
    // Documents come from outside: never let one run as a page of the hub's own origin.
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
    'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(content.fileName ?? 'document')}`,
  };
  const { range, length } = content;
  if (range) {
    headers['content-range'] = `bytes ${range.start}-${range.end}/${range.total ?? '*'}`;
    headers['content-length'] = String(range.end - range.start + 1);
  } else if (length !== undefined) headers['content-length'] = String(length);
  return headers;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
