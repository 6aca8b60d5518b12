import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SandboxServer } from './sandbox-server.ts';

/** A sandbox in a process of its own. */
export interface SandboxProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The whole line that the sandbox printed when ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** SIGTERM, then SIGKILL after two seconds; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Resolves with the exit code when the process is gone, by whomever. */
  readonly exited: Promise<number | null>;
}

export interface SpawnSandboxOptions {
  /** Called with each line the sandbox writes to standard error; forwarded to ours when absent. */
  readonly onLog?: (line: string) => void;
  /** Fails when the sandbox is not ready in time; 120 s when absent (seeding at a big scale takes a while). */
  readonly readyWithinMs?: number;
  readonly signal?: AbortSignal;
}

/** What `runSandboxProcess` starts: options come from the JSON argument, `ready` is merged into the line it prints. */
export type SandboxStarter<Options> = (
  options: Options,
) => Promise<SandboxServer & { readonly ready?: Readonly<Record<string, unknown>> }>;

const READY_WITHIN_MS = 120_000;
const KILL_AFTER_MS = 2000;

/**
 * The whole main of a sandbox's own process: options are JSON in the first argument; prints one JSON line `{url, ...}`
 * when ready; ends at SIGTERM, SIGINT, `POST /__sandbox/stop`, and when the pipe or IPC channel to its parent closes.
 */
export async function runSandboxProcess<Options>(start: SandboxStarter<Options>): Promise<void> {
  // Before it is ready there is nothing to shut down: signals end it at once, and so does a parent that is gone.
  let end: () => void = () => process.exit(0);
  endWithParent(() => end());
  const sandbox = await start(JSON.parse(process.argv[2] ?? '{}') as Options);
  end = () => void sandbox.stop();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ url: sandbox.url, port: sandbox.port, ...sandbox.ready })}\n`);
  await sandbox.stopped;
  process.exit(0);
}

/**
 * Starts a sandbox main file (`new URL('./sandbox/main.ts', import.meta.url)`) in its own process: from source, or
 * from the built `.js` beside it where there is no `.ts`. Resolves when it is ready; rejects with what it printed.
 */
export async function spawnSandboxProcess(
  main: URL,
  options: Readonly<Record<string, unknown>>,
  spawning: SpawnSandboxOptions = {},
): Promise<SandboxProcess> {
  const file = mainFile(main);
  const flags = file.endsWith('.ts') ? ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning'] : [];
  const child = spawn(process.execPath, [...flags, file, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches only us, and we end the sandboxes when nobody uses them any more.
    detached: process.platform !== 'win32',
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  // Writing to a process that just died is no error of ours.
  child.stdin.on('error', () => {});
  const printed = followLog(child.stderr, spawning.onLog);
  const stop = () => stopChild(child, exited);
  try {
    const ready = await waitReady(child, exited, spawning);
    child.stdout.resume();
    return { url: String(ready.url), port: Number(ready.port), pid: child.pid!, ready, stop, exited };
  } catch (error) {
    await stop();
    const log = printed.join('\n');
    throw new Error(`sandbox ${file} did not start: ${(error as Error).message}${log === '' ? '' : `\n${log}`}`, {
      cause: error,
    });
  }
}

/** Only a pipe, a socket or an IPC channel means a parent that holds the other end. */
function endWithParent(end: () => void): void {
  process.once('disconnect', end);
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.once('end', end).once('close', end).once('error', end).resume();
}

function mainFile(main: URL): string {
  const source = fileURLToPath(main);
  if (existsSync(source)) return source;
  const built = source.replace(/\.ts$/, '.js');
  if (existsSync(built)) return built;
  throw new Error(`there is no sandbox main file ${source} or ${built}`);
}

/** Keeps the last lines for the error message and hands each on. */
function followLog(stderr: Readable, onLog: ((line: string) => void) | undefined): readonly string[] {
  const kept: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => {
    kept.push(line);
    if (kept.length > 50) kept.shift();
    if (onLog === undefined) process.stderr.write(`${line}\n`);
    else onLog(line);
  });
  return kept;
}

function waitReady(
  child: ChildProcessWithoutNullStreams,
  exited: Promise<number | null>,
  spawning: SpawnSandboxOptions,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const { signal, readyWithinMs = READY_WITHIN_MS } = spawning;
    const timer = setTimeout(() => reject(new Error(`not ready within ${readyWithinMs} ms`)), readyWithinMs);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      outcome();
    };
    const abort = () => settle(() => reject(new Error('aborted')));
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => settle(() => reject(error)));
    void exited.then((code) => settle(() => reject(new Error(`ended with exit code ${code}`))));
    const lines = createInterface({ input: child.stdout });
    lines.once('line', (line) => {
      lines.close();
      settle(() => {
        try {
          resolve(JSON.parse(line) as Record<string, unknown>);
        } catch {
          reject(new Error(`printed no JSON: ${line.slice(0, 200)}`));
        }
      });
    });
  });
}

async function stopChild(child: ChildProcessWithoutNullStreams, exited: Promise<number | null>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await exited;
  clearTimeout(timer);
}
