import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import type { Connections } from '#connections';
import type { Golden } from '#golden';
import type { Hint } from '#sdk';
import { type Store, streamStates } from '#store';
import { ConnectionRun } from './connection-run.ts';
import { HintReader } from './hint-reader.ts';
import { heldSweep, keepHold } from './holds.ts';
import { type LiveObservation, LiveQueue } from './live-queue.ts';
import { type CaptureEvents, type CaptureStatus, PACE, type Pace } from './status.ts';

export interface CaptureOptions {
  readonly connections: Connections;
  readonly store: Store;
  readonly golden: Golden;
  /** What capture could not understand: a bug, or a store that fails. It goes on trying. */
  readonly onError?: (error: unknown) => void;
  /** Who holds the leases. On SQLite one process has the store, so that a restart takes its own leases up at once. */
  readonly holder?: string;
  readonly pace?: Partial<Pace>;
}

/** The reading of all connections: snapshot, changes and sweeps, until stopped. */
export interface Capture {
  readonly events: EventEmitter<CaptureEvents>;
  status(): CaptureStatus;
  /** Agrees to the deletions that are held of a stream; the sweep that carries them out begins at once. */
  approveSweep(connection: string, stream: string): Promise<boolean>;
  /** A sweep, or a pass over the changes, as soon as may be. */
  sweepNow(connection: string, stream: string): void;
  pollNow(connection: string, stream?: string): void;
  /** Ends the waiting of a connection whose cause was corrected. */
  resume(connection: string): void;
  /** What live reads saw; never waits, and drops what is too much. */
  enqueueLive(records: readonly LiveObservation[]): void;
  /** What a verified push asks to read; never waits, and drops what is too much. */
  takeHints(connection: string, hints: readonly Hint[]): void;
  /** Resolves when the page under way is stored or given up; leases are free then. */
  stop(): Promise<void>;
}

export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const { connections, store, golden, onError = () => {} } = options;
  const states = streamStates(store);
  const events = new EventEmitter<CaptureEvents>();
  const stopping = new AbortController();
  const pace = { ...PACE, ...options.pace };
  const holder = options.holder ?? (store.dialect === 'sqlite' ? 'hub' : `${hostname()}/${process.pid}`);
  const emit = <E extends keyof CaptureEvents>(event: E, ...what: CaptureEvents[E]) => {
    (events as EventEmitter).emit(event, ...what);
  };
  const runs = connections.all.map((connection) => {
    return new ConnectionRun({ connection, store, states, golden, holder, pace, emit, onError });
  });
  const live = new LiveQueue(connections, golden, onError);
  const running = Promise.all(runs.map((run) => run.run(stopping.signal)));
  const find = (connection: string) => runs.find((run) => run.name === connection);
  const hints = new HintReader({
    connections,
    store: (records) => live.enqueue(records),
    lookThrough: (connection, stream) => find(connection)?.stream(stream)?.lookThroughSoon(),
    onError,
  });
  return {
    events,
    status: () => ({
      connections: runs.map((run) => ({ connection: run.name, streams: run.status() })),
      liveDropped: live.dropped,
      hints: hints.counts,
    }),
    async approveSweep(connection, stream) {
      const hold = await heldSweep(store, connection, stream);
      if (hold === undefined) return false;
      await keepHold(store, { ...hold, isApproved: true });
      find(connection)?.stream(stream)?.sweepNow();
      return true;
    },
    sweepNow: (connection, stream) => find(connection)?.stream(stream)?.sweepNow(),
    pollNow(connection, stream) {
      const run = find(connection);
      if (stream === undefined) run?.resume();
      else run?.stream(stream)?.pollNow();
    },
    resume: (connection) => find(connection)?.resume(),
    enqueueLive: (records) => live.enqueue(records),
    takeHints: (connection, told) => hints.take(connection, told),
    async stop() {
      stopping.abort();
      await Promise.all([running, hints.stop()]);
      await live.flush();
    },
  };
}
