import { setTimeout as wait } from 'node:timers/promises';
import type { EntityName } from '#model';
import { ParkedTooMuchError, TakenOverError } from './errors.ts';
import type { EventPlace } from './event.ts';
import { messageOf } from './failures.ts';
import { decide, HandlerFailure, type Handling, parkedAs } from './handling.ts';
import type { Claim, LedgerEntries, ParkedEvent, PartitionMemory } from './ledger.ts';
import type { DeliveredMessage } from './messages.ts';
import { type ConsumerNotice, emptyTally, type Tally } from './notices.ts';

/** How the source and the work on one delivery keep up with each other. */
export interface Pace {
  /** Aborted when the partition is no longer ours, or the consumer stops. */
  readonly signal: AbortSignal;
  /** After each slice: what comes next, and how far the source may forget. */
  settled(next: number, forgettable: number): Promise<void>;
}

const SLICE = 200;
const FIRST_WAIT_MS = 100;
const GATE_MS = 200;
/** Where nothing was said for so long, a position is kept even if there was nothing to handle. */
const IDLE_SAVE_MS = 5000;

/** What one slice came to; applied once it is committed. */
interface Slice {
  readonly done: number;
  readonly failure?: unknown;
  readonly memory: PartitionMemory;
  readonly tally: Tally;
  readonly notices: readonly ConsumerNotice[];
}

/** Works through one partition under one claim: slice by slice, each in one transaction of the ledger. */
export class PartitionWorker<E extends EntityName, Tx> {
  readonly #handling: Handling<E, Tx>;
  #claim: Claim;
  #savedAt = Date.now();

  constructor(handling: Handling<E, Tx>, claim: Claim) {
    this.#handling = handling;
    this.#claim = claim;
  }

  get position(): number | undefined {
    return this.#claim.position;
  }

  get incarnation(): string | undefined {
    return this.#claim.incarnations.at(-1);
  }

  /** Resolves when all is settled or the signal is aborted. Throws `TakenOverError`. */
  async work(messages: readonly DeliveredMessage[], pace: Pace): Promise<void> {
    let left = this.#notYet(messages);
    let failures = 0;
    let limit = SLICE;
    const { gate } = this.#handling;
    while (left.length > 0 && !pace.signal.aborted) {
      if (gate.heldBy !== undefined && gate.heldBy !== this) {
        await wait(GATE_MS, undefined, { signal: pace.signal }).catch(() => {});
        continue;
      }
      try {
        const { done, failure } = await this.#attempt(left.slice(0, limit));
        left = left.slice(done);
        limit = SLICE;
        if (done > 0) {
          failures = 0;
          this.#resume();
          const next = this.position ?? 0;
          await pace.settled(next, this.#handling.ledger.forgettable?.(this.#claim, next) ?? next);
        }
        if (failure === undefined) continue;
        throw failure;
      } catch (error) {
        if (error instanceof TakenOverError) throw this.#lost(error);
        if (error instanceof HandlerFailure && error.at > 0) {
          limit = error.at;
          continue;
        }
        failures += 1;
        limit = 1;
        left = await this.#recover(left, error, failures, pace);
        if (this.#notYet(left).length < left.length) {
          left = this.#notYet(left);
          failures = 0;
          limit = SLICE;
        }
      }
    }
    this.#leaveGate();
  }

  /** There is nothing for us up to `next`. */
  async skipTo(next: number, incarnation: string): Promise<void> {
    const from = this.position ?? 0;
    if (next <= from || Date.now() - this.#savedAt < IDLE_SAVE_MS) return;
    const met = this.#claim.incarnations;
    const memory = { position: next, incarnations: met.includes(incarnation) ? met : [...met, incarnation] };
    await this.#handling.ledger.run(this.#claim, (entries) => entries.moveTo(memory));
    this.#moved(memory);
  }

  #notYet(messages: readonly DeliveredMessage[]): readonly DeliveredMessage[] {
    const { position } = this;
    return position === undefined ? messages : messages.filter(({ offset }) => offset >= position);
  }

  async #attempt(candidates: readonly DeliveredMessage[]): Promise<Slice> {
    const { ledger, tally, notify } = this.#handling;
    const slice = await ledger.run(this.#claim, (entries) => this.#slice(candidates, entries));
    this.#moved(slice.memory);
    for (const [name, count] of Object.entries(slice.tally)) {
      if (typeof count === 'number')
        (tally as Record<string, unknown>)[name] = Number(tally[name as keyof Tally]) + count;
    }
    for (const notice of slice.notices) notify(notice);
    return slice;
  }

  async #slice(candidates: readonly DeliveredMessage[], entries: LedgerEntries<Tx>): Promise<Slice> {
    const { ledger, sliceMs } = this.#handling;
    const keys = [...new Set(candidates.map(({ key }) => key))];
    const state: SliceState = {
      known: new Map(await entries.known(keys)),
      changed: new Map(),
      parkedKeys: new Set(await entries.parkedKeys(keys)),
      parked: [],
      parkedCount: undefined,
      incarnations: this.#claim.incarnations,
      tally: { ...emptyTally(), slices: 1 },
      notices: [],
    };
    const endsAt = Date.now() + sliceMs;
    let done = 0;
    let failure: unknown;
    for (const message of candidates) {
      if (done > 0 && Date.now() >= endsAt) break;
      try {
        await this.#step(message, state, entries);
      } catch (error) {
        if (ledger.isTransactional && !(error instanceof ParkedTooMuchError)) throw new HandlerFailure(done, error);
        failure = new HandlerFailure(0, error);
        break;
      }
      done += 1;
    }
    const last = candidates[done - 1];
    const memory = { position: last ? last.offset + 1 : this.position, incarnations: state.incarnations };
    if (done > 0) {
      await entries.park(state.parked);
      await entries.remember(state.changed);
      await entries.moveTo(memory);
    }
    return { done, failure, memory, tally: state.tally, notices: state.notices };
  }

  async #step(message: DeliveredMessage, state: SliceState, entries: LedgerEntries<Tx>): Promise<void> {
    const { topic, partition } = this.#claim;
    const { tally, notices, known, changed } = state;
    if (state.parkedKeys.has(message.key)) {
      state.parked.push(parkedAs(this.#claim, message, 'waiting', 'An earlier event of this key is parked.'));
      tally.waiting += 1;
      return;
    }
    const decision = decide(message, (key) => known.get(key), state.incarnations, this.#handling);
    if (decision.to === 'drop') {
      tally[decision.as] += 1;
      return;
    }
    const context = { tx: entries.tx, topic, partition, offset: message.offset, isReleased: false };
    if (decision.to === 'mark') {
      await this.#handling.onSnapshot?.(decision.marker, context);
      return;
    }
    if (decision.to === 'park') {
      await this.#mayPark(state, entries);
      const event = parkedAs(this.#claim, message, decision.reason, decision.error);
      park(state, event);
      return;
    }
    if (decision.to === 'handle') {
      const { event, gapAfter } = decision;
      await this.#handling.handle(event, context);
      tally.handled += 1;
      if (gapAfter !== undefined) {
        tally.gaps += 1;
        notices.push({ kind: 'gap', topic, partition, key: event.key, from: gapAfter, to: event.sequence });
      }
    } else tally.skipped += 1;
    const at: EventPlace = decision.to === 'handle' ? placed(decision.event) : decision.place;
    known.set(message.key, at);
    changed.set(message.key, at);
    if (decision.incarnations !== state.incarnations) {
      notices.push({ kind: 'incarnation', topic, partition, from: state.incarnations.at(-1), to: at.incarnation });
      state.incarnations = decision.incarnations;
    }
  }

  /** Throws `ParkedTooMuchError`, with nothing of this event done. */
  async #mayPark(state: Pick<SliceState, 'parkedCount' | 'parked'>, entries: LedgerEntries<Tx>): Promise<void> {
    const { maxParked } = this.#handling;
    state.parkedCount ??= await entries.parkedCount();
    const here = state.parked.filter(({ reason }) => reason !== 'waiting').length;
    if (state.parkedCount + here < maxParked) return;
    throw new ParkedTooMuchError(
      `${maxParked} events are parked, which is too many to be single faults. Correct the cause, then release or discard them.`,
      { details: { parked: maxParked } },
    );
  }

  /** After a failure: waits, or parks the first of what is left. Returns what is left then. */
  async #recover(left: readonly DeliveredMessage[], error: unknown, failures: number, pace: Pace) {
    const { judgeFailure, attempts, tally, notify } = this.#handling;
    tally.failures += 1;
    const cause = error instanceof HandlerFailure ? error.cause : error;
    if (error instanceof HandlerFailure && !(cause instanceof ParkedTooMuchError)) {
      const verdict = judgeFailure(cause);
      if (verdict === 'park' || (verdict === 'attempts' && failures >= attempts)) {
        try {
          await this.#park(left[0]!, cause);
          const next = this.position ?? 0;
          await pace.settled(next, this.#handling.ledger.forgettable?.(this.#claim, next) ?? next);
          return left;
        } catch (refusal) {
          if (refusal instanceof TakenOverError) throw this.#lost(refusal);
          return await this.#recoverLater(left, refusal, failures, pace);
        }
      }
    }
    if (!(cause instanceof ParkedTooMuchError)) notify({ kind: 'trouble', error: cause });
    return await this.#recoverLater(left, cause, failures, pace);
  }

  async #recoverLater(left: readonly DeliveredMessage[], cause: unknown, failures: number, pace: Pace) {
    const { ledger, longestWaitMs } = this.#handling;
    if (cause instanceof ParkedTooMuchError) this.#pause(cause);
    const longest = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 16), longestWaitMs);
    await wait(longest, undefined, { signal: pace.signal }).catch(() => {});
    if (pace.signal.aborted) return left;
    try {
      // Whatever failed may have been the commit, and then it may have been done.
      this.#claim = await ledger.renew(this.#claim);
    } catch (error) {
      if (error instanceof TakenOverError) throw this.#lost(error);
    }
    return left;
  }

  async #park(message: DeliveredMessage, cause: unknown): Promise<void> {
    const { ledger, tally, notify } = this.#handling;
    const event = parkedAs(this.#claim, message, 'refused', messageOf(cause));
    const memory = { position: message.offset + 1, incarnations: this.#claim.incarnations };
    await ledger.run(this.#claim, async (entries) => {
      await this.#mayPark({ parkedCount: undefined, parked: [] }, entries);
      await entries.park([event]);
      await entries.moveTo(memory);
    });
    this.#moved(memory);
    tally.parked += 1;
    notify({ kind: 'parked', event });
  }

  #moved(memory: PartitionMemory): void {
    this.#claim = { ...this.#claim, ...memory };
    this.#savedAt = Date.now();
  }

  /** The whole pipeline waits for this partition, which looks again at times. */
  #pause(error: ParkedTooMuchError): void {
    const { tally, notify, gate } = this.#handling;
    if (gate.heldBy !== undefined) return;
    gate.heldBy = this;
    tally.isPaused = true;
    notify({ kind: 'paused', error });
  }

  #resume(): void {
    if (this.#leaveGate()) this.#handling.notify({ kind: 'resumed' });
  }

  #leaveGate(): boolean {
    const { tally, gate } = this.#handling;
    if (gate.heldBy !== this) return false;
    gate.heldBy = undefined;
    tally.isPaused = false;
    return true;
  }

  #lost(error: TakenOverError): TakenOverError {
    const { tally, notify } = this.#handling;
    const { topic, partition } = this.#claim;
    this.#leaveGate();
    tally.lost += 1;
    notify({ kind: 'lost', topic, partition });
    return error;
  }
}

interface SliceState {
  readonly known: Map<string, EventPlace>;
  readonly changed: Map<string, EventPlace>;
  readonly parkedKeys: Set<string>;
  readonly parked: ParkedEvent[];
  parkedCount: number | undefined;
  incarnations: readonly string[];
  readonly tally: Tally;
  readonly notices: ConsumerNotice[];
}

function park(state: SliceState, event: ParkedEvent): void {
  const { key } = event.message;
  state.parked.push(event);
  // What has no key belongs to nobody, so nothing waits for it.
  if (key !== '') state.parkedKeys.add(key);
  state.tally.parked += 1;
  if (event.reason === 'invalid' || event.reason === 'unknown') state.tally[event.reason] += 1;
  state.notices.push({ kind: 'parked', event });
}

const placed = ({ incarnation, sequence }: EventPlace): EventPlace => ({ incarnation, sequence });
