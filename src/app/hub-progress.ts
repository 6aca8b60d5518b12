/** How far the first snapshot is, read from what capture has committed. */
import type { Connections } from '#connections';
import type { StreamState, StreamStates } from '#store';

export interface HubProgress {
  readonly streams: number;
  /** Streams whose first snapshot is complete, or that cannot go on by themselves. */
  readonly streamsDone: number;
  readonly records: number;
  readonly complete: boolean;
}

export interface ProgressWatch {
  /** Resolves when the first snapshot of every stream that can be read is complete; never rejects. */
  readonly complete: Promise<void>;
  /** The latest look; undefined before the first. */
  latest(): HubProgress | undefined;
  stop(): void;
}

const LOOK_EVERY = 200;

/** Looks at intervals until the first snapshot is complete, and tells each look. */
export function watchProgress(
  connections: Connections,
  states: StreamStates,
  onProgress: (progress: HubProgress) => void = () => {},
): ProgressWatch {
  let latest: HubProgress | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const complete = new Promise<void>((resolve) => {
    const look = async () => {
      // A look that fails says nothing; the next one may succeed.
      const found = await states.list().catch(() => undefined);
      if (isStopped) return;
      if (found) {
        latest = progressOf(connections, found);
        onProgress(latest);
        if (latest.complete) return resolve();
      }
      timer = setTimeout(look, LOOK_EVERY);
    };
    void look();
  });
  return {
    complete,
    latest: () => latest,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function progressOf(connections: Connections, found: readonly StreamState[]): HubProgress {
  const byName = new Map(found.map((state) => [`${state.connection} ${state.stream}`, state]));
  let streams = 0;
  let streamsDone = 0;
  let records = 0;
  for (const connection of connections.all) {
    for (const stream of connection.streams) {
      const state = byName.get(`${connection.name} ${stream.name}`);
      streams += 1;
      records += state?.records ?? 0;
      if (state && (state.phase === 'changes' || state.lastErrorCode !== null)) streamsDone += 1;
    }
  }
  return { streams, streamsDone, records, complete: streams === streamsDone };
}
