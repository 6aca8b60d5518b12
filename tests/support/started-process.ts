import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { until } from './until.ts';

/** A process in a group of its own, as a shell's job is, with all that it printed. */
export interface StartedProcess {
  readonly pid: number;
  output(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Resolves with the match once what it printed matches; fails when it ends before. */
  printed(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Itself and all processes below it. */
  family(): readonly number[];
  signal(name: NodeJS.Signals): void;
  /** As a terminal does at Ctrl-C: to every process of the group. */
  signalGroup(name: NodeJS.Signals): void;
}

export function startProcess(command: string, args: readonly string[], options: SpawnOptions): StartedProcess {
  const child: ChildProcess = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString('utf8');
  };
  child.stdout!.on('data', keep);
  child.stderr!.on('data', keep);
  let isOver = false;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      isOver = true;
      resolve({ code, signal });
    });
  });
  const pid = child.pid!;
  const watchdog = endWithUs(pid);
  void ended.then(
    () => watchdog.kill('SIGKILL'),
    () => watchdog.kill('SIGKILL'),
  );
  return {
    pid,
    ended,
    output: () => text,
    printed: async (pattern, withinMs = 60_000) => {
      const found = await until(
        `${pattern} in what ${command} prints`,
        () => pattern.exec(text) ?? (isOver ? 'over' : undefined),
        withinMs,
      ).catch((error) => {
        throw new Error(`${error.message}; it printed:\n${text}`);
      });
      if (found === 'over') throw new Error(`${command} ended without printing ${pattern}; it printed:\n${text}`);
      return found as RegExpExecArray;
    },
    family: () => familyOf(pid),
    signal: (name) => void child.kill(name),
    signalGroup: (name) => void process.kill(-pid, name),
  };
}

/** Ends the group when the test run is killed: the pipe that this one reads from closes then. */
function endWithUs(group: number): ChildProcess {
  const script = 'read line; kill -s KILL -- "-$0"';
  const watchdog = spawn('sh', ['-c', script, String(group)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  return watchdog;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function familyOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([child, parent]) => [Number(child), Number(parent)] as const);
  const found = [pid];
  for (let at = 0; at < found.length; at++) {
    for (const [child, parent] of rows) if (parent === found[at]) found.push(child);
  }
  return found;
}
