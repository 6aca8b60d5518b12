import { setTimeout as wait } from 'node:timers/promises';
import { hasCode } from '#sdk';
import { hubColumns, type Store, type WriteTx } from '#store';
import type { Envelope } from './envelope.ts';
import type { ReadStanding } from './golden-source.ts';
import { JobRunner } from './job-runner.ts';
import { type HeldPartition, LogReader } from './log-reader.ts';
import { Publisher } from './publisher.ts';
import { watchRelayLag } from './relay-lag.ts';
import type { PublishingTransport } from './transport.ts';

/** The relay's name in the log. */
export const RELAY = 'relay';

export interface RelayOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  readonly transport: PublishingTransport;
  /** What went wrong and is tried again, or was parked. */
  readonly onError: (error: unknown) => void;
  /** For snapshots and rebuilt states. */
  readonly readStanding?: ReadStanding;
  readonly pollMs?: number;
  readonly leaseMs?: number;
}

export interface Relay {
  stop(): Promise<void>;
}

const PREPARE_AGAIN_MS = 2000;
/** A refused login is not tried as often: accounts may be locked by it. */
const LOGIN_AGAIN_MS = 15_000;
const TELL_AGAIN_MS = 60_000;

/**
 * Publishes what the log holds. Throws a `ConfigError` when the topics are not as they must be; a broker that is not
 * there yet is waited for meanwhile.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { store, envelope, transport, onError, readStanding } = options;
  const stopping = new AbortController();
  const publisher = new Publisher(options);
  const jobs = new JobRunner({
    ...{ store, envelope, reader: RELAY, onError },
    ...(readStanding && { readStanding }),
    tell: (topic, messages, place) => publisher.tell(topic, messages, place),
    fenced: rememberStates,
  });
  const reader = new LogReader({
    store,
    name: RELAY,
    errands: {
      due: async () => new Set([...(await publisher.due()), ...(await jobs.due())]),
      async run(place: HeldPartition) {
        await publisher.runErrands(place);
        await jobs.run(place);
      },
    },
    deliver: (partition, changes, signal) => publisher.publish(partition, changes, signal),
    fenced: (tx, partition, changes) =>
      rememberStates(
        tx,
        partition,
        changes.map(({ canonicalId }) => canonicalId),
      ),
    onError,
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.leaseMs !== undefined && { leaseMs: options.leaseMs }),
  });
  const prepare = () =>
    transport.prepare([
      { name: envelope.deadLetters, kind: 'dead-letters' },
      ...envelope.sources.map((name) => ({ name, kind: 'source' as const })),
    ]);
  const failure = await prepared(prepare);
  if (failure) onError(failure);
  const preparing = failure ? prepareLater(prepare, failure, stopping.signal, onError) : Promise.resolve();
  const lag = watchRelayLag(store);
  const running = preparing.then(() => {
    if (!stopping.signal.aborted) reader.start();
  });
  return {
    async stop() {
      stopping.abort();
      lag.stop();
      await running;
      await reader.stop();
    },
  };
}

/** What keeps the topics from being as they must be, unless it is for good. */
async function prepared(prepare: () => Promise<void>): Promise<unknown> {
  try {
    await prepare();
    return undefined;
  } catch (error) {
    if (hasCode(error, 'CONFIG')) throw error;
    return error;
  }
}

/** Tells what is wrong when it changes, and now and then while it does not. */
async function prepareLater(
  prepare: () => Promise<void>,
  failure: unknown,
  signal: AbortSignal,
  onError: RelayOptions['onError'],
): Promise<void> {
  let last = { failure, toldAt: Date.now() };
  while (!signal.aborted) {
    const pause = hasCode(last.failure, 'CREDENTIAL') ? LOGIN_AGAIN_MS : PREPARE_AGAIN_MS;
    await wait(pause, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      await prepare();
      return;
    } catch (error) {
      const isNews = messageOf(error) !== messageOf(last.failure) || Date.now() - last.toldAt > TELL_AGAIN_MS;
      if (isNews) onError(error);
      last = { failure: error, toldAt: isNews ? Date.now() : last.toldAt };
    }
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Whoever lost the partition may just have written what is old by now: its holder writes those states again. */
async function rememberStates(tx: WriteTx, partition: number, keys: readonly string[]): Promise<void> {
  const ids = [...new Set(keys)].toSorted();
  await tx.insertIgnore(
    'state_again',
    hubColumns('state_again'),
    ids.map((id) => [id, partition]),
  );
}
