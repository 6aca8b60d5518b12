import type { Store } from '#store';
import { assignOffsets } from './offsets.ts';

export interface Placement {
  /** Something was committed: the next look is not waited for. */
  wake(): void;
  /** Resolves when the round under way is over. */
  stop(): Promise<void>;
}

/** Looks without a find after which there is less hurry. */
const PATIENCE = 100;
/** Between two rounds, so that many small commits share one. */
const REST_MS = 5;
const IDLE_FACTOR = 10;

/**
 * Places committed change rows, so that the log is whole also while nobody reads it: soon after a commit of which it is
 * told, every `everyMs` while changes come, and seldom when none do.
 */
export function startPlacement(store: Store, onError: (error: unknown) => void, everyMs = 20): Placement {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let isWoken = false;
  let isRunning = false;
  let empty = 0;
  const round = async (): Promise<void> => {
    isRunning = true;
    isWoken = false;
    const placed = await assignOffsets(store).catch((error) => {
      onError(error);
      return 0;
    });
    isRunning = false;
    empty = placed > 0 ? 0 : empty + 1;
    if (isStopped) return;
    timer = setTimeout(next, isWoken ? REST_MS : empty < PATIENCE ? everyMs : everyMs * IDLE_FACTOR);
  };
  let running = round();
  function next(): void {
    running = round();
  }
  return {
    wake() {
      empty = 0;
      isWoken = true;
      if (isRunning || isStopped) return;
      clearTimeout(timer);
      timer = setTimeout(next, REST_MS);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
