/** A hub: the engine in a thread of its own, the reading side in this one. */
import { launchEngineThread } from './engine-client.ts';
import type { HubProgress } from './hub-progress.ts';

export interface HubOptions {
  /** Read by each thread for itself, since it is code. */
  readonly configFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (progress: HubProgress) => void;
  /** What went wrong and is tried again; standard error by default. */
  readonly onError?: (message: string) => void;
  readonly signal?: AbortSignal;
}

export interface Hub {
  /** Such as `http://127.0.0.1:4000`; the graph is at `/graphql`. */
  readonly url: string;
  /** Resolves when the first snapshot is complete; never rejects. */
  readonly ready: Promise<void>;
  /** Rejects when the hub can no longer work. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Starts everything; when a part cannot start, what had started is stopped again and the reason is thrown. */
export async function startHub(options: HubOptions): Promise<Hub> {
  // Both threads load their code at the same time, which is most of the start: so this one begins only now.
  const launched = launchEngineThread();
  try {
    const { openHub } = await import('./open-hub.ts');
    return await openHub(options, launched);
  } catch (error) {
    await launched.end();
    throw error;
  }
}
