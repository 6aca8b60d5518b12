/** The door for what systems push: any of them, and anybody else, may knock; connectors verify. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasCode, type WebhookRequest } from '#sdk';
import { readBytes } from './body.ts';
import { pushesCounted } from './metrics.ts';

export const HOOKS_PATH = '/hooks/';

/** More than any system tells in one push. */
const MOST_BYTES = 1_000_000;

export interface Hooks {
  /** The connections that take pushes. */
  readonly connections: ReadonlySet<string>;
  /** Verifies a push and passes on what it hints at. Rejects with `CREDENTIAL` what is not the system's own. */
  receive(connection: string, request: WebhookRequest): Promise<void>;
}

type Outcome = 'accepted' | 'refused' | 'replayed' | 'not understood' | 'too large';

const STATUS: Readonly<Record<Outcome, number>> = {
  accepted: 202,
  refused: 401,
  replayed: 401,
  'not understood': 400,
  'too large': 413,
};

/** Answers with a status and nothing else: whoever knocks without a key learns nothing. */
export async function answerHook(
  request: IncomingMessage,
  response: ServerResponse,
  target: { readonly name: string; readonly query: string },
  hooks: Hooks,
): Promise<void> {
  const { name, query } = target;
  if (!hooks.connections.has(name)) return void response.writeHead(404).end();
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
  const body = await readBytes(request, MOST_BYTES);
  const headers: Record<string, string> = {};
  for (const [header, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[header] = Array.isArray(value) ? value.join(', ') : value;
  }
  const outcome = body ? await outcomeOf(hooks, name, { headers, query, body, now: Date.now() }) : 'too large';
  if (outcome === undefined) return void response.writeHead(404).end();
  pushesCounted.inc({ connection: name, outcome });
  if (outcome === 'too large') response.setHeader('connection', 'close');
  response.writeHead(STATUS[outcome]).end();
}

/** Undefined where the connection takes no pushes after all. */
async function outcomeOf(hooks: Hooks, name: string, request: WebhookRequest): Promise<Outcome | undefined> {
  try {
    await hooks.receive(name, request);
    return 'accepted';
  } catch (error) {
    if (hasCode(error, 'CREDENTIAL')) return error.details.isReplay === true ? 'replayed' : 'refused';
    if (hasCode(error, 'CONTRACT')) return 'not understood';
    if (hasCode(error, 'NOT_SUPPORTED')) return undefined;
    throw error;
  }
}
