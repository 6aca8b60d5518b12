import type { SandboxHandler, SandboxReply, SandboxRequest } from './exchange.ts';
import type { Misbehaviour, MisbehaviourList } from './misbehaviour.ts';
import type { RequestJournal } from './request-journal.ts';
import { createSandboxRouter } from './router.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import type { SandboxStore } from './sandbox-store.ts';

export interface ControlledSandbox {
  readonly name: string;
  readonly clock: SandboxClock;
  readonly journal: RequestJournal;
  readonly script: MisbehaviourList;
  readonly store?: SandboxStore;
  readonly control?: Readonly<Record<string, SandboxHandler>>;
  readonly stop: () => Promise<void>;
}

/** `/__sandbox/...`: what a test in another process may see and do. */
export function createControlHandler(sandbox: ControlledSandbox): SandboxHandler {
  const { journal, script, clock } = sandbox;
  const router = createSandboxRouter()
    .on('GET', '/__sandbox/status', () => ({ body: { name: sandbox.name, pid: process.pid, now: clock.now() } }))
    .on('GET', '/__sandbox/requests', (request) => {
      const match = request.query.get('match') ?? undefined;
      return { body: { count: journal.count(match), entries: journal.entries(match) } };
    })
    .on('POST', '/__sandbox/requests/reset', () => {
      journal.reset();
      return { status: 204 };
    })
    .on('GET', '/__sandbox/misbehave', () => ({ body: { scripts: script.states() } }))
    .on('POST', '/__sandbox/misbehave', (request) => misbehave(script, request))
    .on('POST', '/__sandbox/behave', () => {
      script.behave();
      return { status: 204 };
    })
    .on(['GET', 'POST'], '/__sandbox/clock', (request) => setClock(clock, request))
    .on('POST', '/__sandbox/stop', () => {
      // After the answer is on its way: stopping cuts this connection too.
      setTimeout(() => void sandbox.stop(), 20);
      return { status: 202 };
    });
  if (sandbox.store !== undefined) addStore(router, sandbox.store);
  for (const [name, handler] of Object.entries(sandbox.control ?? {})) {
    router.on(['GET', 'POST'], `/__sandbox/${name}`, handler);
  }
  return router.handle;
}

function misbehave(script: MisbehaviourList, request: SandboxRequest): SandboxReply {
  const asked = request.json<Partial<Misbehaviour>>();
  if (typeof asked.kind !== 'string') return { status: 400, body: { error: 'kind is missing' } };
  return { status: 201, body: { id: script.misbehave(asked as Misbehaviour).id } };
}

interface ClockChange {
  readonly skewMs?: number;
  readonly precisionMs?: number;
  readonly freezeAt?: string;
  readonly advanceMs?: number;
  readonly thaw?: boolean;
}

function setClock(clock: SandboxClock, request: SandboxRequest): SandboxReply {
  if (request.method === 'POST') {
    const change = request.json<ClockChange>();
    if (change.precisionMs !== undefined) clock.setPrecision(change.precisionMs);
    if (change.skewMs !== undefined) clock.skewBy(change.skewMs);
    if (change.thaw === true) clock.thaw();
    if (change.freezeAt !== undefined) clock.freeze(new Date(change.freezeAt));
    if (change.advanceMs !== undefined) clock.advance(change.advanceMs);
  }
  return { body: { now: clock.now(), precisionMs: clock.precisionMs } };
}

function addStore(router: ReturnType<typeof createSandboxRouter>, store: SandboxStore): void {
  router
    .on('GET', '/__sandbox/commits', (request) => {
      const number = (name: string) => (request.query.has(name) ? Number(request.query.get(name)) : undefined);
      const text = (name: string) => request.query.get(name) ?? undefined;
      const filter = { since: number('since'), limit: number('limit'), table: text('table'), key: text('key') };
      return { body: { last: store.commits.last, entries: store.commits.entries(filter) } };
    })
    .on('POST', '/__sandbox/late', (request) => {
      const late = request.json<{ table: string; rows: Record<string, unknown>[]; stampedAt: string }>();
      const rows = store.table(late.table).commitLate(late.rows, { stampedAt: late.stampedAt });
      return { body: { rows } };
    });
}
