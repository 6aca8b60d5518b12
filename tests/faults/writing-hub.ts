import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from '../support/hub-process.ts';
import { type StartedProcess, startProcess } from '../support/started-process.ts';
import { until } from '../support/until.ts';
import type { StorePlace } from '../systems/postgres/each-store.ts';

export interface WritingPlan {
  readonly place: StorePlace;
  readonly brokers: readonly string[];
  readonly prefix: string;
  /** Leads the keys of its records. */
  readonly writer: string;
  /** How many records it changes. */
  readonly records: number;
  readonly pageSize: number;
  /** 0: it only relays. */
  readonly pageEveryMs: number;
  readonly leaseMs: number;
  readonly seed: number;
}

const MAIN = fileURLToPath(new URL('./writing-hub-main.ts', import.meta.url));

/** One hub through all its lives, and what it said of them. */
export class WritingHub {
  readonly #plan: WritingPlan;
  #lives = 0;
  #process: StartedProcess | undefined;
  #read = 0;
  #isEnding = false;
  readonly #committed = new Map<string, number>();
  readonly #errors: string[] = [];

  constructor(plan: WritingPlan) {
    this.#plan = plan;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Pages that it knew to be committed: `stream key` → the last version. */
  get committed(): ReadonlyMap<string, number> {
    this.#hear();
    return this.#committed;
  }

  /** What it could not do at once. */
  get errors(): readonly string[] {
    this.#hear();
    return this.#errors;
  }

  async start(): Promise<void> {
    const plan = { ...this.#plan, seed: this.#plan.seed + this.#lives++ };
    const args = ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning', MAIN, JSON.stringify(plan)];
    this.#read = 0;
    this.#process = startProcess(process.execPath, args, { env: plainEnvironment() });
    const started = this.#process;
    await started.printed(/^ready$/m);
    void started.ended.then(({ code, signal }) => {
      if (this.#process === started && !this.#isEnding) this.#errors.push(`ENDED by itself: ${code ?? signal}`);
    });
  }

  /** Fails when it ended without being told to. */
  checkAlive(): void {
    const died = this.errors.find((error) => error.startsWith('ENDED'));
    if (died) throw new Error(`${died}\n${this.#process?.output().slice(-4000)}`);
  }

  /** As kill -9 does, also while it is paused. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** In order. Fails when it does not end with status 0. */
  async stop(): Promise<void> {
    const output = this.#process?.output;
    const ended = await this.#end('SIGTERM');
    if (ended && ended.code !== 0) throw new Error(`The hub ended with ${ended.code ?? ended.signal}:\n${output?.()}`);
  }

  stopWriting(): void {
    this.#process?.signal('SIGHUP');
  }

  /** Resolves once it stands still, between its decision to send and the write to the socket. */
  async pauseAtNextSend(withinMs?: number): Promise<void> {
    const { pid } = this.#running();
    this.#running().signal('SIGUSR2');
    await until('the hub to stand before its write', () => stateOf(pid) === 'T', withinMs);
  }

  /** Wherever it is. */
  pause(): void {
    this.#running().signal('SIGSTOP');
  }

  goOn(): void {
    this.#process?.signal('SIGCONT');
  }

  #running(): StartedProcess {
    if (!this.#process) throw new Error('The hub does not run.');
    return this.#process;
  }

  async #end(signal: NodeJS.Signals) {
    const ending = this.#process;
    if (!ending) return undefined;
    this.#isEnding = true;
    ending.signal(signal);
    const ended = await ending.ended;
    this.#hear();
    this.#process = undefined;
    this.#isEnding = false;
    return ended;
  }

  #hear(): void {
    const text = this.#process?.output() ?? '';
    const end = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(this.#read, end).split('\n')) {
      const [what, stream, version, keys = ''] = line.split(' ');
      if (what === 'committed')
        for (const key of keys.split(',')) this.#committed.set(`${stream} ${key}`, Number(version));
      if (what === 'error') this.#errors.push(line.slice('error '.length));
    }
    this.#read = Math.max(this.#read, end);
  }
}

/** As Linux tells: `T` is stopped. */
function stateOf(pid: number): string | undefined {
  return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}
