import { type Content, type Http, hasCode, NotFoundError, type SourceRecord } from 'isthmus/sdk';
import type { RepositoryClient, Row } from './client.ts';

/** The bytes of a document's current version. */
export async function contentOf(
  client: RepositoryClient,
  record: SourceRecord | undefined,
  range: { readonly start: number; readonly end?: number } | undefined,
  http: Http,
): Promise<Content> {
  if (record === undefined) throw new NotFoundError('The document is not in the repository any more.');
  const row = record.source as Row;
  const header = range === undefined ? undefined : `bytes=${range.start}-${range.end ?? ''}`;
  const answer = await client.stream(http, String(row['cmis:objectId']), header).catch((error: unknown) => {
    // That is how a document without content is refused.
    if (hasCode(error, 'CONFLICT')) throw new NotFoundError('The document has no content.', { cause: error });
    throw error;
  });
  const { status, headers, body } = answer;
  const got = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  // Beyond the end OpenCMIS answers 206 without a range and without bytes.
  if (status >= 400 || (status === 206 && got === null)) {
    await body.cancel();
    if (status === 403) throw new NotFoundError("The connection's user may not read the document's content.");
    throw new NotFoundError('The range lies beyond the end of the document.');
  }
  const known = row['cmis:contentStreamLength'];
  const size = typeof known === 'number' && known >= 0 ? known : undefined;
  const fileName = row['cmis:contentStreamFileName'] ?? row['cmis:name'];
  const shared = {
    stream: body,
    mimeType: String(row['cmis:contentStreamMimeType'] ?? headers['content-type'] ?? 'application/octet-stream'),
    ...(typeof fileName === 'string' ? { fileName } : {}),
  };
  if (got === null) {
    const length = Number(headers['content-length'] ?? size);
    return { ...shared, ...(Number.isNaN(length) ? {} : { length }) };
  }
  const [start, end] = [Number(got[1]), Number(got[2])];
  const total = got[3] === '*' ? size : Number(got[3]);
  return { ...shared, length: end - start + 1, range: { start, end, ...(total === undefined ? {} : { total }) } };
}
