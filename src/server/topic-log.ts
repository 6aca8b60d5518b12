/** The hub's topics for readers without a broker: CloudEvents in JSON, a partition at a time, by long polls. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DeliveredMessage, TopicLog } from '#events';
import { type ErrorDetails, hasCode } from '#sdk';

export const TOPICS_PATH = '/topics';

const PARTITION = /^\/topics\/([^/]+)\/partitions\/(\d+)$/;
const DEFAULT_LIMIT = 500;
const MOST = { limit: 1000, wait: 60 } as const;

export async function answerTopics(
  request: IncomingMessage,
  response: ServerResponse,
  target: { readonly path: string; readonly query: string },
  log: TopicLog,
): Promise<void> {
  if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
  if (target.path === TOPICS_PATH) return json(response, 200, { incarnation: log.incarnation, topics: log.topics });
  const [, topic = '', partition] = PARTITION.exec(target.path) ?? [];
  if (partition === undefined) return problem(response, 404, 'NOT_FOUND', 'Topics are listed at /topics.');
  const asked = readQuery(new URLSearchParams(target.query));
  if (typeof asked === 'string') return problem(response, 400, 'BAD_REQUEST', asked);
  if (asked.incarnation !== undefined && asked.incarnation !== log.incarnation) {
    const message = 'The log was restored from a backup since: offsets of before mean nothing in it.';
    return problem(response, 410, 'GONE', message, { incarnation: log.incarnation });
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const page = await log.read({ topic, partition: Number(partition), signal: gone.signal, ...asked });
    response.writeHead(200, {
      'content-type': 'application/cloudevents-batch+json; charset=utf-8',
      'isthmus-next': String(page.next),
      'isthmus-incarnation': log.incarnation,
    });
    response.end(`[${page.messages.map(cloudEvent).join(',')}]`);
  } catch (error) {
    if (hasCode(error, 'GONE')) return problem(response, 410, 'GONE', error.message, error.details);
    if (hasCode(error, 'NOT_FOUND')) return problem(response, 404, 'NOT_FOUND', error.message);
    throw error;
  }
}

interface Query {
  readonly from: number | undefined;
  readonly limit: number;
  readonly waitMs: number;
  readonly incarnation: string | undefined;
}

/** A text says what is wrong. */
function readQuery(query: URLSearchParams): Query | string {
  const from = query.get('from') ?? 'oldest';
  const limit = query.get('limit') ?? String(DEFAULT_LIMIT);
  const wait = query.get('wait') ?? '0';
  const [offset, most, seconds] = [from, limit, wait].map(Number) as [number, number, number];
  if (from !== 'oldest' && !(Number.isSafeInteger(offset) && offset >= 0)) return 'from is an offset, or "oldest".';
  if (!(Number.isInteger(most) && most >= 1 && most <= MOST.limit)) return `limit is from 1 to ${MOST.limit}.`;
  if (!(seconds >= 0 && seconds <= MOST.wait)) return `wait is in seconds, from 0 to ${MOST.wait}.`;
  return {
    from: from === 'oldest' ? undefined : offset,
    limit: most,
    waitMs: seconds * 1000,
    incarnation: query.get('incarnation') ?? undefined,
  };
}

/** One event in CloudEvents' JSON format; the value is JSON already. A tombstone has no data. */
function cloudEvent({ key, value, headers, offset }: DeliveredMessage): string {
  const attributes: Record<string, string | number> = { partitionkey: key, offset };
  for (const [name, text] of Object.entries(headers)) {
    if (name.startsWith('ce_')) attributes[name.slice('ce_'.length)] = text;
    else if (name === 'content-type') attributes.datacontenttype = text;
    else attributes[name] = text;
  }
  const head = JSON.stringify(attributes);
  return value === null ? head : `${head.slice(0, -1)},"data":${value}}`;
}

function problem(response: ServerResponse, status: number, code: string, message: string, details: ErrorDetails = {}) {
  json(response, status, { errors: [{ message, extensions: { ...details, code } }] });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
