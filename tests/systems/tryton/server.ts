import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTool } from '../downloads.ts';
import type { TrytonCompany } from './company.ts';
import { TrytonDesk } from './desk.ts';
import { DATABASE, PASSWORD, prepareTryton, USER } from './distribution.ts';
import { type RunningTrytond, runTrytond, settingsIn } from './process.ts';
import type { SeriesName } from './series.ts';

/** A running Tryton with a company of its own, gone with all it holds when stopped. */
export interface TrytonServer {
  /** Without a path, as a connection's settings want it. */
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Where its database lies. */
  readonly folder: string;
  readonly company: TrytonCompany;
  /** Of the process that keeps it; another one after a restart. */
  readonly pid: number;
  /** Somebody who works in it, in the company. */
  desk(): Promise<TrytonDesk>;
  /** By Tryton itself, but beside this server: a sixth of what it takes by RPC. Their names are `prefix` and a number. */
  createParties(count: number, prefix: string): Promise<void>;
  /** Kills it where it stands; what was committed is kept. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Installs it where needed, and starts it from a copy of the prepared database. */
export async function startTryton(series: SeriesName = '8.2'): Promise<TrytonServer> {
  const { environment, template, company } = await prepareTryton(series);
  const folder = await mkdtemp(join(tmpdir(), 'tryton-'));
  await cp(template, folder, { recursive: true });
  let running: RunningTrytond;
  try {
    running = await runTrytond(environment, { folder, series });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const { url, port } = running;
  const login = { url, database: DATABASE, user: USER, password: PASSWORD, series };
  return {
    ...login,
    folder,
    company,
    get pid() {
      return running.pid;
    },
    async desk() {
      const desk = await TrytonDesk.open(login);
      desk.context = { ...desk.context, company: company.company };
      return desk;
    },
    async createParties(count, prefix) {
      const script = fileURLToPath(new URL('./parties.py', import.meta.url));
      const args = [settingsIn(folder), DATABASE, company.company, count, prefix].map(String);
      await runTool('Tryton could not create parties', environment.python, folder, [script, ...args]);
    },
    kill: () => running.end(),
    async restart() {
      await running.end();
      running = await runTrytond(environment, { folder, port, series });
    },
    async stop() {
      await running.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
