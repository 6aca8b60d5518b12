import {
  type SandboxHandler,
  SandboxRefusal,
  type SandboxReply,
  type SandboxRequest,
  sandboxRequest,
} from 'isthmus/sdk/testing';
import { refuse } from './refusals.ts';

const MAX_PARTS = 25;

interface BatchPart {
  readonly method: string;
  readonly url: string;
  readonly richInput?: unknown;
}

/** Up to 25 requests in one, each answered by itself: the whole is 200 whatever the parts say. */
export async function batchEndpoint(request: SandboxRequest, handler: SandboxHandler): Promise<SandboxReply> {
  const { batchRequests, haltOnError } = request.json<{ batchRequests: BatchPart[]; haltOnError?: boolean }>();
  if (batchRequests.length > MAX_PARTS) throw refuse(400, 'LIMIT_EXCEEDED', `at most ${MAX_PARTS} requests in a batch`);
  const results: { statusCode: number; result: unknown }[] = [];
  let hasErrors = false;
  for (const part of batchRequests) {
    if (hasErrors && haltOnError === true) {
      results.push({ statusCode: 412, result: [{ errorCode: 'BATCH_PROCESSING_HALTED', message: 'halted' }] });
      continue;
    }
    const reply = await answer(part, handler);
    const statusCode = reply.status ?? 200;
    hasErrors ||= statusCode >= 400;
    results.push({
      statusCode,
      result: typeof reply.body === 'string' ? JSON.parse(reply.body) : (reply.body ?? null),
    });
  }
  return { body: { hasErrors, results } };
}

async function answer(part: BatchPart, handler: SandboxHandler): Promise<SandboxReply> {
  const url = part.url.startsWith('/') ? part.url : `/services/data/${part.url}`;
  const body = part.richInput === undefined ? {} : { body: Buffer.from(JSON.stringify(part.richInput)) };
  try {
    return await handler(sandboxRequest({ method: part.method.toUpperCase(), url, ...body }));
  } catch (error) {
    if (error instanceof SandboxRefusal) return error.reply;
    throw error;
  }
}
