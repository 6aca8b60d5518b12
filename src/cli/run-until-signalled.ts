/** Something that runs until it is stopped, and may fail by itself. */
export interface Running {
  stop(): Promise<void>;
  /** Rejects when it cannot go on. */
  readonly failed: Promise<never>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The whole must be gone in 5 s; what has not ended by then is cut off. */
const PATIENCE = 4000;

/**
 * Starts, waits for a signal, stops, and ends the process with status 0. A signal during the start aborts it.
 * Rejects when the start or the running thing fails; the process has then nothing left of it either.
 */
export async function runUntilSignalled(start: (signal: AbortSignal) => Promise<Running>): Promise<void> {
  const abort = new AbortController();
  const signalled = new Promise<void>((resolve) => {
    for (const name of SIGNALS) {
      process.on(name, () => {
        abort.abort();
        resolve();
      });
    }
  });
  const started = start(abort.signal);
  const running = await Promise.race([started, signalled.then(() => started.catch(() => undefined))]).catch((error) => {
    if (abort.signal.aborted) return undefined;
    throw error;
  });
  if (running) {
    try {
      await Promise.race([signalled, running.failed]);
    } finally {
      setTimeout(() => process.exit(abort.signal.aborted ? 0 : 1), PATIENCE).unref();
      await running.stop();
    }
  }
  process.exit(0);
}
