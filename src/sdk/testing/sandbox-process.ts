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

/**
 * The whole main of a sandbox's own process: options are JSON in the first argument; prints one JSON line `{url, ...}`
 * when ready; ends at SIGTERM, SIGINT, `POST /__sandbox/stop`, and when the pipe or IPC channel to its parent closes.
 */
export function runSandboxProcess<Options>(_start: SandboxStarter<Options>): Promise<void> {
  throw new Error('not built yet');
}

/**
 * Starts a sandbox main file (`new URL('./sandbox/main.ts', import.meta.url)`) in its own process: from source, or
 * from the built `.js` beside it where there is no `.ts`. Resolves when it is ready; rejects with what it printed.
 */
export function spawnSandboxProcess(
  _main: URL,
  _options: Readonly<Record<string, unknown>>,
  _spawn: SpawnSandboxOptions = {},
): Promise<SandboxProcess> {
  throw new Error('not built yet');
}
