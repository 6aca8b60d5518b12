import type { DemoEnterprise, SandboxReply } from 'isthmus/sdk/testing';
import { refuse } from './refusal.ts';
import type { DocumentRow, Repository } from './repository.ts';

export function bytesOf(repository: Repository, demo: DemoEnterprise, row: DocumentRow): Buffer {
  const { _content: content } = row;
  if (content === undefined || content === null) {
    refuse('constraint', `Object ${row['cmis:objectId']} does not have content.`);
  }
  if (content.startsWith('demo:')) return demo.documentContent(Number(content.slice(5)));
  return repository.store.content(row['cmis:objectId']) ?? refuse('storage', 'The content was lost.');
}

/** The whole, one range of it, or 416. Several ranges at once are answered with the whole, as RFC 9110 allows. */
export function contentReply(
  row: DocumentRow,
  bytes: Buffer,
  asked: { readonly range: string | undefined; readonly download: string | undefined },
): SandboxReply {
  const fileName = String(row['cmis:contentStreamFileName'] ?? row['cmis:name']);
  const disposition = asked.download === 'attachment' ? 'attachment' : 'inline';
  const headers = {
    'content-type': String(row['cmis:contentStreamMimeType'] ?? 'application/octet-stream'),
    'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(fileName)}`,
    'last-modified': new Date(Number(row['cmis:lastModificationDate'])).toUTCString(),
    'accept-ranges': 'bytes',
  };
  const match = /^bytes=(\d*)-(\d*)$/.exec(asked.range ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return { status: 200, headers, body: bytes };
  const [start, end] = rangeOf(match[1]!, match[2]!, bytes.length);
  if (start > end || start >= bytes.length) {
    return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` }, body: '' };
  }
  const contentRange = `bytes ${start}-${end}/${bytes.length}`;
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body: bytes.subarray(start, end + 1) };
}

function rangeOf(first: string, last: string, length: number): [number, number] {
  if (first === '') return [Math.max(0, length - Number(last)), length - 1];
  return [Number(first), last === '' ? length - 1 : Math.min(Number(last), length - 1)];
}
