/** A system's server as a process that never outlives the test run, however that ends: see `keeper.ts`. */
import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface KeptProcess<T> {
  /** Of its keeper, which leads a process group: what a terminal sends at Ctrl-C does not reach it. */
  readonly pid: number;
  /** What told that it is ready. */
  readonly sign: T;
  /** Resolves when it is no more. */
  readonly gone: Promise<void>;
  /** As kill -9 does. */
  kill(): Promise<void>;
  /** As an operator does; it may take its time. */
  shutDown(): Promise<void>;
}

export interface KeptOptions<T> {
  /** For errors. */
  readonly title: string;
  readonly command: readonly string[];
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Another user to run it as. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Asked again and again with what it has printed, until there is an answer. */
  readonly ready: (printed: string) => Promise<T | undefined> | T | undefined;
}

const KEEPER = fileURLToPath(new URL('./keeper.ts', import.meta.url));
const READY_WITHIN_MS = 120_000;
const MOST_PRINTED = 50_000;

/** Starts it and waits until it is ready; what does not become ready is ended. */
export async function startKept<T>(options: KeptOptions<T>): Promise<KeptProcess<T>> {
  const { title, command, folder, env = process.env, user, ready } = options;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', KEEPER, ...command], {
    detached: true,
    env: { ...env, ...(user && { KEPT_AS: `${user.uid}:${user.gid}` }) },
    ...(folder !== undefined && { cwd: folder }),
  });
  child.stdin.on('error', () => {});
  let printed = '';
  const read = (chunk: Buffer) => {
    printed = (printed + chunk.toString('utf8')).slice(-MOST_PRINTED);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  let isGone = false;
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve()).once('error', () => resolve());
  }).then(() => {
    isGone = true;
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await gone;
  };
  const kill = () => end('SIGTERM');
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const sign = await ready(printed);
    if (sign !== undefined) return { pid: child.pid!, sign, gone, kill, shutDown: () => end('SIGHUP') };
    const reason = isGone ? 'it ended' : Date.now() > until && `not ready within ${READY_WITHIN_MS} ms`;
    if (reason !== false) {
      await kill();
      throw new Error(`${title} did not start: ${reason}\n${printed.slice(-4000)}`);
    }
    await Promise.race([gone, setTimeout(50)]);
  }
}

/** Whether it answers at all, as a sign that it is ready. */
export async function answersAt(url: string, request: RequestInit = {}): Promise<true | undefined> {
  try {
    const answer = await fetch(url, request);
    await answer.arrayBuffer();
    return answer.ok || undefined;
  } catch {
    return undefined;
  }
}
