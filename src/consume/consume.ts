import type { EntityName } from '#model';
import { ConfigError } from '#sdk';
import type { EventVersions } from './event.ts';
import { type FailureVerdict, judgeFailure } from './failures.ts';
import type { Handler, Handling, MarkerHandler } from './handling.ts';
import type { Ledger, ParkedEvent, Place } from './ledger.ts';
import { memoryLedger } from './memory-ledger.ts';
import { type ConsumerNotice, type ConsumerStats, emptyTally } from './notices.ts';
import { PartitionWorker } from './partition-worker.ts';
import { discardParked, type ReleaseReport, releaseParked } from './release.ts';
import type { Source, SourceSession } from './source.ts';

export interface ConsumeOptions<E extends EntityName, Tx> {
  /** `kafka({ … })`, `hub({ … })`, or inside the hub `embedded({ … })`. */
  readonly source: Source;
  /** What the hub's config says; `isthmus` by default. */
  readonly prefix?: string;
  /** Their topics are read, and events are typed by them. */
  readonly entities: readonly E[];
  /** What happened (`changes`, the default), or only how each record is now (`state`). */
  readonly of?: 'changes' | 'state';
  /** Other topics than those of the entities, such as one that a replay was sent to. */
  readonly topics?: readonly string[];
  /** Called in order for each key, once in effect. Throw a `RejectedRecordError` to have the event parked at once. */
  readonly handle: Handler<E, Tx>;
  /** Called where a snapshot begins and ends in a partition; its records are events of their own in between. */
  readonly onSnapshot?: MarkerHandler<E, Tx>;
  /** Which version of an entity's events the service was written for. 1 by default. */
  readonly versions?: EventVersions<E>;
  /**
   * Where positions, sequences and parked events are kept. Without one they are in memory, and positions in the source's
   * group: events may then take effect again after a restart.
   */
  readonly ledger?: Ledger<Tx>;
  /** Events of a type or version that this service was not written for. Parked by default. */
  readonly onUnknown?: 'park' | 'skip';
  /** By default connections that break are tried again for ever, all else `attempts` times. */
  readonly judgeFailure?: (error: unknown) => FailureVerdict;
  /** 3 by default; then the event is parked. */
  readonly attempts?: number;
  /** With so many events parked everything pauses: they are no single faults. 100 by default, which is the most. */
  readonly maxParked?: number;
  /** A transaction takes no more events after this long. 500 by default. */
  readonly sliceMs?: number;
  /** Between attempts, at the most. 10,000 by default. */
  readonly longestWaitMs?: number;
  readonly onNotice?: (notice: ConsumerNotice) => void;
}

export interface Consumer {
  /** Rejects when it cannot go on, such as with `GONE`; never resolves. */
  readonly failed: Promise<never>;
  stats(): ConsumerStats;
  parked(): Promise<readonly ParkedEvent[]>;
  /** Handles parked events again, in order per key; all by default. */
  release(which?: (event: ParkedEvent) => boolean): Promise<ReleaseReport>;
  /** Gives one up for good. What waits behind it can be released then. */
  discard(event: ParkedEvent): Promise<void>;
  /** Resolves when the slice under way is settled. */
  stop(): Promise<void>;
}

const MOST_PARKED = 100;

/** Begins to follow a hub's topics. Throws a `ConfigError` or `CredentialError` when it never can. */
export async function consume<E extends EntityName, Tx = undefined>(options: ConsumeOptions<E, Tx>): Promise<Consumer> {
  const { prefix = 'isthmus', of = 'changes', entities } = options;
  const topics = options.topics ?? entities.map((entity) => topicOf(prefix, of, entity, options.versions?.[entity]));
  if (topics.length === 0) throw new ConfigError('entities: name at least one.', { details: { field: 'entities' } });
  if (options.source.needsLedger && !options.ledger) {
    throw new ConfigError('ledger: this source needs one, such as fileLedger(…) or postgresLedger(…).', {
      details: { field: 'ledger' },
    });
  }
  const handling = handlingOf(options);
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const opened = await options.source.open(
    topics,
    sessionOf(handling, (error) => fail(error)),
  );
  return {
    failed,
    stats: () => ({ ...handling.tally }),
    parked: () => handling.ledger.parked(),
    release: (which = () => true) => releaseParked(handling, which),
    discard: (event) => discardParked(handling, event),
    stop: () => opened.stop(),
  };
}

function handlingOf<E extends EntityName, Tx>(options: ConsumeOptions<E, Tx>): Handling<E, Tx> {
  const { maxParked = MOST_PARKED, onNotice = () => {} } = options;
  if (!(maxParked >= 1 && maxParked <= MOST_PARKED)) {
    throw new ConfigError(`maxParked is ${maxParked}; it must be from 1 to ${MOST_PARKED}.`, {
      details: { field: 'maxParked' },
    });
  }
  return {
    // Without a ledger there is no transaction either: `Tx` is `undefined` then.
    ledger: options.ledger ?? (memoryLedger() as Ledger<unknown> as Ledger<Tx>),
    entities: options.entities,
    versions: options.versions ?? {},
    handle: options.handle,
    onSnapshot: options.onSnapshot,
    onUnknown: options.onUnknown ?? 'park',
    judgeFailure: options.judgeFailure ?? judgeFailure,
    attempts: options.attempts ?? 3,
    maxParked,
    sliceMs: options.sliceMs ?? 500,
    longestWaitMs: options.longestWaitMs ?? 10_000,
    tally: emptyTally(),
    gate: { heldBy: undefined },
    notify: onNotice,
  };
}

function sessionOf<E extends EntityName, Tx>(handling: Handling<E, Tx>, fail: (error: unknown) => void): SourceSession {
  const { ledger, tally, notify } = handling;
  const workers = new Map<string, PartitionWorker<E, Tx>>();
  const workerOf = (place: Place) => {
    const worker = workers.get(nameOf(place));
    if (!worker) throw new Error(`${nameOf(place)} was delivered before it was claimed.`);
    return worker;
  };
  return {
    async claim(place) {
      const worker = new PartitionWorker(handling, await ledger.claim(place));
      workers.set(nameOf(place), worker);
      return { position: worker.position, incarnation: worker.incarnation };
    },
    deliver: (place, messages, pace) => workerOf(place).work(messages, pace),
    skipTo: (place, next, incarnation) => workerOf(place).skipTo(next, incarnation),
    stalled(error) {
      tally.stalls += 1;
      notify({ kind: 'stalled', error });
    },
    trouble(error) {
      tally.failures += 1;
      notify({ kind: 'trouble', error });
    },
    fail,
  };
}

/** Each version after the first has topics of its own. */
const topicOf = (prefix: string, of: string, entity: string, version = 1) =>
  `${prefix}.${of}.${entity}${version === 1 ? '' : `.v${version}`}`;

const nameOf = ({ topic, partition }: Place) => `${topic} ${partition}`;
