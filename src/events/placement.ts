import type { Store } from '#store';
import { assignOffsets } from './offsets.ts';

export interface Placement {
  /** Resolves when the round under way is over. */
  stop(): Promise<void>;
}

/** Places committed change rows at intervals, so that the log is whole also while nobody reads it. */
export function startPlacement(store: Store, onError: (error: unknown) => void, everyMs = 1000): Placement {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const round = async (): Promise<void> => {
    await assignOffsets(store).catch(onError);
    if (!isStopped) timer = setTimeout(next, everyMs);
  };
  let running = round();
  function next(): void {
    running = round();
  }
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
