import { type Connection, pause } from '#connections';
import type { Golden } from '#golden';
import type { Lease, Store, StreamStates } from '#store';
import { Gate } from './gate.ts';
import type { CaptureEvents, Pace, StreamStatus } from './status.ts';
import { StreamRun } from './stream-run.ts';

export interface ConnectionRunParts {
  readonly connection: Connection;
  readonly store: Store;
  readonly states: StreamStates;
  readonly golden: Golden;
  readonly holder: string;
  readonly pace: Pace;
  readonly emit: <E extends keyof CaptureEvents>(event: E, ...what: CaptureEvents[E]) => void;
  readonly onError: (error: unknown) => void;
}

/** All streams of one connection, under its lease. */
export class ConnectionRun {
  readonly #parts: ConnectionRunParts;
  readonly #gate = new Gate();
  readonly #streams: ReadonlyMap<string, StreamRun>;

  constructor(parts: ConnectionRunParts) {
    this.#parts = parts;
    const gate = this.#gate;
    this.#streams = new Map(
      parts.connection.streams
        // What can neither be snapshotted nor followed is only there to be looked up.
        .filter(({ manifest }) => manifest.snapshot !== undefined)
        .map((stream) => {
          const onAnswered = () => this.#retryOthers(stream.name);
          return [stream.name, new StreamRun({ ...parts, stream, gate, onAnswered })];
        }),
    );
  }

  get name(): string {
    return this.#parts.connection.name;
  }

  stream(name: string): StreamRun | undefined {
    return this.#streams.get(name);
  }

  status(): readonly StreamStatus[] {
    return [...this.#streams.values()].map((stream) => stream.status());
  }

  /** Ends the waiting after a refused login or another failure. */
  resume(): void {
    this.#gate.askNow();
    for (const stream of this.#streams.values()) stream.pollNow();
  }

  #retryOthers(answered: string): void {
    for (const [name, stream] of this.#streams) if (name !== answered) stream.retryNow();
  }

  /** Until `signal` aborts; a lease that is lost is waited for again. */
  async run(signal: AbortSignal): Promise<void> {
    const { states, connection, holder, pace, onError } = this.#parts;
    while (!signal.aborted) {
      try {
        // Before the lease is taken: it moves the streams that exist to its epoch.
        await states.create(connection.name, [...this.#streams.keys()]);
        const lease = await states.acquire(connection.name, holder, pace.lease);
        if (lease === undefined) {
          await pause(pace.lease / 3, signal);
          continue;
        }
        await this.#underLease(lease, signal);
        await pause(pace.transientFirst, signal);
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await pause(pace.transientFirst, signal).catch(() => {});
      }
    }
  }

  async #underLease(lease: Lease, signal: AbortSignal): Promise<void> {
    const { states } = this.#parts;
    const lost = new AbortController();
    const both = AbortSignal.any([signal, lost.signal]);
    const renewing = this.#renew(lease, lost);
    try {
      // A run that ends was fenced or stopped: the others end with it and the lease is asked for again.
      const runs = [...this.#streams.values()].map((stream) => stream.run(lease, both).finally(() => lost.abort()));
      await Promise.all(runs);
    } finally {
      lost.abort();
      clearInterval(renewing);
      await states.release(lease).catch(() => {});
    }
  }

  #renew(lease: Lease, lost: AbortController): NodeJS.Timeout {
    const { states, pace, onError } = this.#parts;
    return setInterval(() => {
      states.renew(lease, pace.lease).then((isHeld) => {
        if (!isHeld) lost.abort();
      }, onError);
    }, pace.lease / 3);
  }
}
