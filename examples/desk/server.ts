/**
 * Desk: a help desk that is as small as a system can be. It keeps tickets in memory, has one token, and stamps changes
 * in whole seconds, as many do. Run it: npx node examples/desk/server.ts
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Ticket {
  readonly id: number;
  readonly title: string;
  readonly state: 'open' | 'pending' | 'done';
  readonly urgent: boolean;
  /** Unix time, seconds. */
  readonly opened: number;
  readonly modified: number;
}

export interface Desk {
  readonly url: string;
  stop(): Promise<void>;
}

export const DESK_TOKEN = 'desk-demo-token';
const PAGE = 10;
const TITLES = ['The printer is out of toner', 'No access to the archive', 'The invoice shows the wrong address'];
const STATES = ['open', 'pending', 'done'] as const;

export async function startDesk(port = 0): Promise<Desk> {
  const tickets = new Map<number, Ticket>();
  for (let id = 1; id <= 35; id++) tickets.set(id, newTicket(id, 1_780_000_000 + id * 60));
  const server = createServer(async (request, response) => {
    const isKnown = request.headers.authorization === `Token ${DESK_TOKEN}`;
    const { status, body } = isKnown
      ? await answer(request, tickets)
      : { status: 401, body: { error: 'Who are you?' } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => stop(server) };
}

function newTicket(id: number, at: number): Ticket {
  const title = `${TITLES[id % TITLES.length]} (${id})`;
  return { id, title, state: STATES[id % STATES.length]!, urgent: id % 5 === 0, opened: at, modified: at };
}

/**
 * GET /tickets?since=&after=    tickets modified at or after a second, by (modified, id), ten a page; goes on after `after`
 * GET /tickets?id=1,2           those that exist of up to 20
 * GET /ids                      all ids
 * POST /tickets, PATCH /tickets/1, DELETE /tickets/1
 */
async function answer(request: IncomingMessage, tickets: Map<number, Ticket>) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://desk');
  const now = Math.floor(Date.now() / 1000);
  const id = Number(/^\/tickets\/(\d+)$/.exec(pathname)?.[1]);
  if (pathname === '/ids') return { status: 200, body: { ids: [...tickets.keys()] } };
  if (pathname === '/tickets' && request.method === 'GET') return { status: 200, body: list(searchParams, tickets) };
  if (pathname === '/tickets' && request.method === 'POST') {
    const made = newTicket(Math.max(0, ...tickets.keys()) + 1, now);
    tickets.set(made.id, made);
    return { status: 201, body: made };
  }
  const ticket = tickets.get(id);
  if (ticket === undefined) return { status: 404, body: { error: 'There is no such ticket.' } };
  if (request.method === 'DELETE') tickets.delete(id);
  if (request.method === 'PATCH') tickets.set(id, { ...ticket, ...(await bodyOf(request)), id, modified: now });
  return { status: 200, body: tickets.get(id) ?? {} };
}

function list(query: URLSearchParams, tickets: ReadonlyMap<number, Ticket>) {
  const asked = query.get('id')?.split(',').map(Number);
  if (asked) return { tickets: asked.flatMap((id) => tickets.get(id) ?? []) };
  const since = Number(query.get('since') ?? 0);
  const [modified = since, after = 0] = query.get('after')?.split('-').map(Number) ?? [];
  const sorted = [...tickets.values()].sort((left, right) => left.modified - right.modified || left.id - right.id);
  const rest = sorted.filter((each) => each.modified > modified || (each.modified === modified && each.id > after));
  const page = rest.slice(0, PAGE);
  const last = page.at(-1);
  return { tickets: page, ...(rest.length > PAGE && { after: `${last!.modified}-${last!.id}` }) };
}

async function bodyOf(request: IncomingMessage): Promise<Partial<Ticket>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

if (import.meta.main) {
  const { url } = await startDesk(Number(process.env.DESK_PORT ?? 4600));
  console.log(`Desk answers at ${url}, to whoever sends: authorization: Token ${DESK_TOKEN}`);
}
