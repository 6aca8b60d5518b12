import { chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { answersAt, startKept } from '../kept-process.ts';
import { prepareRt, RT_SERVER, rtEnvironment, siteConfig } from './distribution.ts';

type Answer = { readonly status: number; readonly body: unknown };

/** A running Request Tracker 5 with a database of its own, on 127.0.0.1. */
export interface RtServer {
  readonly url: string;
  /** Of the superuser. */
  readonly token: string;
  /** Of a user who may see the queue General and its tickets alone. */
  readonly clerkToken: string;
  /** Of the process that keeps it. */
  readonly pid: number;
  /** Any call below `/REST/2.0`, as the superuser. */
  call(method: string, path: string, body?: object): Promise<Answer>;
  /** A ticket of the queue General; its number. */
  createTicket(values: Readonly<Record<string, unknown>>): Promise<string>;
  /** Fails when one of the changes is refused, which the status does not tell. */
  updateTicket(id: string, values: Readonly<Record<string, unknown>>): Promise<void>;
  deleteTicket(id: string): Promise<void>;
  /** As kill -9 does; its data stays. */
  kill(): Promise<void>;
  /** Again on the same data and port. */
  start(): Promise<void>;
  /** And everything that it held is gone. */
  stop(): Promise<void>;
}

/** www-data, which Debian gives the files that it writes besides. */
const USER = 33;

export async function startRt(): Promise<RtServer> {
  const { database: prepared, token, clerkToken } = await prepareRt();
  const folder = await mkdtemp(join(tmpdir(), 'rt-'));
  const port = await freePort();
  const database = join(folder, 'rtdb');
  const site = join(folder, 'site.pm');
  await copyFile(prepared, database);
  await writeFile(site, siteConfig(database, port));
  await Promise.all([folder, database, site].map((path) => chown(path, USER, USER)));
  const url = `http://127.0.0.1:${port}`;
  let running = await run(site, port, url, token);
  const call: RtServer['call'] = async (method, path, body) => {
    const response = await fetch(`${url}/REST/2.0/${path}`, {
      method,
      headers: { authorization: `token ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.trim() === '' ? undefined : JSON.parse(text) };
  };
  const expected = async (status: number, ...[method, path, body]: Parameters<RtServer['call']>) => {
    const answer = await call(method, path, body);
    if (answer.status === status) return answer.body;
    throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  return {
    url,
    token,
    clerkToken,
    get pid() {
      return running.pid;
    },
    call,
    async createTicket(values) {
      return ((await expected(201, 'POST', 'ticket', { Queue: 'General', ...values })) as { id: string }).id;
    },
    async updateTicket(id, values) {
      const said = (await expected(200, 'PUT', `ticket/${id}`, values)) as readonly string[];
      const isDone = said.length > 0 && !said.some((line) => /isn't|denied|could not|invalid|permission/i.test(line));
      if (!isDone) throw new Error(`Ticket ${id} was not changed: ${said.join(' ')}`);
    },
    async deleteTicket(id) {
      await expected(204, 'DELETE', `ticket/${id}`);
    },
    kill: () => running.kill(),
    async start() {
      running = await run(site, port, url, token);
    },
    async stop() {
      await running.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One process that answers one call after another: killed, it leaves no workers behind. */
function run(site: string, port: number, url: string, token: string) {
  return startKept({
    title: 'Request Tracker',
    command: [RT_SERVER, '--server', 'Standalone', '--host', '127.0.0.1', '--port', String(port)],
    env: rtEnvironment(site),
    user: { uid: USER, gid: USER },
    ready: () => answersAt(`${url}/REST/2.0/rt`, { headers: { authorization: `token ${token}` } }),
  });
}
