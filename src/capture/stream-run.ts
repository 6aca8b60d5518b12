import type { ConnectedStream, Connection } from '#connections';
import type { Golden, ObserveOutcome } from '#golden';
import type { Lease, Store, StreamStates } from '#store';
import { changesPass } from './changes.ts';
import { decodePosition } from './cursors.ts';
import { type Judgement, judge } from './failure.ts';
import type { Gate } from './gate.ts';
import type { HeldSweep } from './holds.ts';
import { Overlap } from './overlap.ts';
import { SeenVersions } from './seen-versions.ts';
import { rereadInBackground, snapshot } from './snapshot.ts';
import type { CaptureEvents, Pace, Progress, StreamActivity, StreamFailure, StreamStatus } from './status.ts';
import { FencedRun, StreamSession } from './stream-session.ts';
import { sweep, sweepKind } from './sweep.ts';
import { Wakeable } from './wakeable.ts';

export interface StreamRunParts {
  readonly connection: Connection;
  readonly stream: ConnectedStream;
  readonly store: Store;
  readonly states: StreamStates;
  readonly golden: Golden;
  readonly gate: Gate;
  readonly pace: Pace;
  readonly emit: <E extends keyof CaptureEvents>(event: E, ...what: CaptureEvents[E]) => void;
  readonly onError: (error: unknown) => void;
  /** The system is there again, which was away. */
  readonly onAnswered: () => void;
}

/** How much sooner than by itself a sweep may begin that a push hinted at. */
const HINTED_SWEEP = 0.1;

/** Reads one stream for as long as the lease is held: snapshot, then changes, with sweeps between them. */
export class StreamRun {
  readonly #parts: StreamRunParts;
  readonly #seen = new SeenVersions();
  readonly #overlap = new Overlap();
  readonly #missedBefore = new Set<string>();
  readonly #wake = new Wakeable();
  #session: StreamSession | undefined;
  #background: AsyncGenerator<void, void, void> | undefined;
  #isSweeping = false;
  #isSweepAsked = false;
  #isSweepHinted = false;
  #isPollAsked = false;
  #nextPollAt = 0;
  /** Real time: a sweep or re-read that failed waits for it, while the changes go on. */
  #backgroundAt = 0;
  #backgroundFailures = 0;
  #backgroundFailure: StreamFailure | undefined;
  #failures = 0;
  #failure: StreamFailure | undefined;
  #activity: StreamActivity = 'waiting';
  #hold: HeldSweep | undefined;
  #records = 0;
  #setAside = 0;

  constructor(parts: StreamRunParts) {
    this.#parts = parts;
  }

  status(): StreamStatus {
    const state = this.#session?.state;
    const failure = this.#failure ?? this.#backgroundFailure;
    return {
      stream: this.#parts.stream.name,
      activity: this.#activity,
      phase: state?.phase ?? 'snapshot',
      records: this.#records,
      setAside: this.#setAside,
      freshThrough: state?.freshThrough ?? null,
      isSweeping: this.#isSweeping,
      ...(failure && { error: failure }),
      ...(this.#hold && { hold: this.#hold }),
    };
  }

  /** A sweep as soon as may be, such as after an approval. */
  sweepNow(): void {
    this.#isSweepAsked = true;
    this.#backgroundAt = 0;
    this.#wake.wake();
  }

  /**
   * A push says that something is not as it was, and no read by key can tell: the changes are read at once, and where
   * these would not tell of a deletion a sweep begins, but not so soon after the last that nothing else is done.
   */
  lookThroughSoon(): void {
    const session = this.#session;
    if (session === undefined) return;
    const { changes } = session.stream.manifest;
    if (changes !== undefined) this.#isPollAsked = true;
    if (changes?.deletes !== 'tombstone') this.#isSweepHinted = true;
    this.#wake.wake();
  }

  /** A pass over the changes as soon as may be, and an end to waiting after a failure. */
  pollNow(): void {
    this.#isPollAsked = true;
    this.#backgroundAt = 0;
    this.#wake.wake();
  }

  /** The system answers another stream again: what failed because it was away need not wait any longer. */
  retryNow(): void {
    const isAway = (failure: StreamFailure | undefined) => failure?.code === 'TRANSIENT';
    if (isAway(this.#backgroundFailure)) this.#backgroundAt = 0;
    if (isAway(this.#failure) || isAway(this.#backgroundFailure)) this.#wake.wake();
  }

  /** Ends when `signal` aborts or somebody else moved the stream; every other failure is waited out. */
  async run(lease: Lease, signal: AbortSignal): Promise<void> {
    const { connection, stream, states, store, golden } = this.#parts;
    this.#background = undefined;
    while (!signal.aborted) {
      try {
        await this.#passGate();
        const state = await states.load(connection.name, stream.name);
        if (state === undefined) throw new Error(`The stream ${connection.name}.${stream.name} has no state.`);
        const onRecords = (outcome: ObserveOutcome, count: number) => this.#count(outcome, count);
        const clock = () => store.clock();
        this.#session = new StreamSession({
          connection,
          stream,
          golden,
          states,
          clock,
          lease,
          state,
          signal,
          onRecords,
        });
        await this.#steps(this.#session);
      } catch (error) {
        await this.#dropBackground();
        if (signal.aborted || error instanceof FencedRun) return;
        await this.#waitOut(error, signal);
      }
    }
  }

  async #steps(session: StreamSession): Promise<void> {
    const { signal } = session;
    if (session.state.phase === 'snapshot') {
      this.#activity = 'snapshot';
      await snapshot(session);
      this.#seen.clear();
      this.#parts.emit('snapshotDone', this.#progress('snapshot'));
      this.#succeeded();
    }
    this.#activity = 'changes';
    while (!signal.aborted && session.state.phase === 'changes') {
      await this.#passGate();
      await this.#poll(session);
      await this.#stepInBackground(session);
      if (this.#background === undefined) await this.#wake.sleep(this.#untilNextDue(session), signal);
    }
  }

  async #poll(session: StreamSession): Promise<void> {
    if (session.stream.manifest.changes === undefined) return;
    const now = Date.now();
    if (now < this.#nextPollAt && !this.#isPollAsked) return;
    this.#isPollAsked = false;
    await changesPass(session, this.#seen, this.#overlap);
    this.#nextPollAt = now + session.connection.pollEvery * 1_000;
    this.#succeeded();
  }

  /** One page of whatever goes on beside the changes: a new snapshot for a new mapping, or a sweep. */
  async #stepInBackground(session: StreamSession): Promise<void> {
    this.#background ??= this.#due(session);
    if (this.#background === undefined) return;
    try {
      const { done } = await this.#background.next();
      if (!done) return;
      this.#background = undefined;
      this.#isSweeping = false;
      this.#backgroundFailures = 0;
      this.#backgroundFailure = undefined;
      this.#succeeded();
    } catch (error) {
      await this.#postpone(error, session.signal);
    }
  }

  /** The changes go on; a refused login or a lost lease concerns them too. */
  async #postpone(error: unknown, signal: AbortSignal): Promise<void> {
    const found = judge(error, this.#backgroundFailures, this.#parts.pace);
    if (signal.aborted || error instanceof FencedRun || found.isForConnection) throw error;
    this.#backgroundFailures += 1;
    await this.#dropBackground();
    this.#backgroundAt = Date.now() + found.wait;
    this.#backgroundFailure = this.#failureOf(found);
    await this.#report(found, this.#backgroundFailure, error);
  }

  #due(session: StreamSession): AsyncGenerator<void, void, void> | undefined {
    const { what, within } = this.#nextInBackground(session);
    if (within > 0) return undefined;
    if (what === 'reread') {
      this.#seen.clear();
      return rereadInBackground(session);
    }
    this.#isSweepAsked = false;
    this.#isSweepHinted = false;
    this.#isSweeping = true;
    const onHold = (hold: HeldSweep) => {
      this.#hold = hold;
      this.#parts.emit('held', hold);
    };
    this.#hold = undefined;
    const { store } = this.#parts;
    return sweep({ session, store, seen: this.#seen, missedBefore: this.#missedBefore, onHold });
  }

  /** What is to be done beside the changes, and in how many milliseconds it is due. */
  #nextInBackground(session: StreamSession): { readonly what: 'reread' | 'sweep'; readonly within: number } {
    const { state, stream } = session;
    const isOtherMapping = state.fingerprint !== stream.fingerprint || decodePosition(state.position) !== undefined;
    const isReread = isOtherMapping && stream.manifest.snapshot !== undefined;
    const due = isReread ? 0 : this.#untilSweep(session);
    return { what: isReread ? 'reread' : 'sweep', within: Math.max(due, this.#backgroundAt - Date.now()) };
  }

  #untilSweep(session: StreamSession): number {
    if (sweepKind(session) === 'none') return Number.POSITIVE_INFINITY;
    if (this.#isSweepAsked || session.isHinted('records')) return 0;
    const every = session.connection.sweepEvery * 1_000;
    const dueAt = (session.state.lastSweepAt ?? 0) + (this.#isSweepHinted ? every * HINTED_SWEEP : every);
    return Math.max(dueAt - session.clock(), 0);
  }

  #untilNextDue(session: StreamSession): number {
    const poll =
      session.stream.manifest.changes === undefined ? Number.POSITIVE_INFINITY : this.#nextPollAt - Date.now();
    return Math.min(poll, this.#nextInBackground(session).within);
  }

  async #dropBackground(): Promise<void> {
    const dropped = this.#background;
    this.#background = undefined;
    // An aborted sweep has deleted nothing and begins again.
    this.#isSweepAsked ||= this.#isSweeping;
    this.#isSweeping = false;
    await dropped?.return().catch(() => {});
  }

  async #waitOut(error: unknown, signal: AbortSignal): Promise<void> {
    const { connection, gate, pace } = this.#parts;
    const found = judge(error, this.#failures++, pace);
    const failure = this.#failureOf(found);
    this.#activity = found.activity;
    this.#failure = failure;
    await this.#report(found, failure, error);
    if (!found.isForConnection) return await this.#wake.sleep(found.wait, signal);
    gate.shut(failure, found.wait, async () => (await connection.check()).status === 'ok', signal);
  }

  /** Waits while the connection's login is refused, and says so. */
  async #passGate(): Promise<void> {
    const { connection, stream, states, gate, onError } = this.#parts;
    const { failure } = gate;
    if (failure === undefined) return;
    const isNews = this.#failure === undefined;
    this.#failure = failure;
    this.#activity = 'paused';
    if (isNews) await states.fail(connection.name, stream.name, failure).catch(onError);
    await gate.passed();
  }

  #failureOf({ code, message, wait }: Judgement): StreamFailure {
    return { code, message, retryAt: this.#parts.store.clock() + wait };
  }

  async #report(found: Judgement, failure: StreamFailure, error: unknown): Promise<void> {
    const { connection, stream, states, emit, onError } = this.#parts;
    const { code, message } = found;
    if (found.isBug) onError(error);
    await states.fail(connection.name, stream.name, { code, message }).catch(onError);
    emit('failed', { connection: connection.name, stream: stream.name, failure });
  }

  #succeeded(): void {
    const wasAway = this.#failure?.code === 'TRANSIENT';
    this.#failures = 0;
    this.#failure = undefined;
    this.#activity = this.#session?.state.phase ?? 'waiting';
    if (wasAway) this.#parts.onAnswered();
  }

  #count(outcome: ObserveOutcome, count: number): void {
    this.#records += count;
    this.#setAside += outcome.setAside;
    if (count > 0) this.#parts.emit('progress', this.#progress(this.#session?.state.phase ?? 'snapshot'));
  }

  #progress(phase: 'snapshot' | 'changes'): Progress {
    return { connection: this.#parts.connection.name, stream: this.#parts.stream.name, phase, records: this.#records };
  }
}
