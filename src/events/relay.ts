import { setTimeout as wait } from 'node:timers/promises';
import { hasCode } from '#sdk';
import { hubColumns, type Store, type WriteTx } from '#store';
import type { Envelope } from './envelope.ts';
import { LogReader } from './log-reader.ts';
import { lastChange, type StoredChange } from './stored-change.ts';
import type { EventMessage, PublishingTransport } from './transport.ts';

/** The relay's name in the log. */
export const RELAY = 'relay';

export interface RelayOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  readonly transport: PublishingTransport;
  /** What went wrong and is tried again, or was parked. */
  readonly onError: (error: unknown) => void;
  readonly pollMs?: number;
  readonly leaseMs?: number;
}

export interface Relay {
  stop(): Promise<void>;
}

const PREPARE_AGAIN_MS = 2000;

/**
 * Publishes what the log holds. Throws a `ConfigError` when the topics are not as they must be; a broker that is not
 * there yet is waited for meanwhile.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { store, transport, onError } = options;
  const stopping = new AbortController();
  const publisher = new Publisher(options);
  const reader = new LogReader({
    store,
    name: RELAY,
    deliver: (partition, changes, signal) => publisher.publish(partition, changes, signal),
    idle: (partition, signal) => publisher.publishStateAgain(partition, signal),
    fenced: rememberStates,
    onError,
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.leaseMs !== undefined && { leaseMs: options.leaseMs }),
  });
  const isPrepared = await prepare(transport, onError);
  const preparing = isPrepared ? Promise.resolve() : prepareLater(transport, stopping.signal, onError);
  const running = preparing.then(() => {
    if (!stopping.signal.aborted) reader.start();
  });
  return {
    async stop() {
      stopping.abort();
      await running;
      await reader.stop();
    },
  };
}

/** False: the broker does not answer. */
async function prepare(transport: PublishingTransport, onError: RelayOptions['onError']): Promise<boolean> {
  try {
    await transport.prepare();
    return true;
  } catch (error) {
    if (hasCode(error, 'CONFIG')) throw error;
    onError(error);
    return false;
  }
}

async function prepareLater(transport: PublishingTransport, signal: AbortSignal, onError: RelayOptions['onError']) {
  while (!signal.aborted) {
    await wait(PREPARE_AGAIN_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      await transport.prepare();
      return;
    } catch (error) {
      onError(error);
    }
  }
}

/** Whoever lost the partition may just have written what is old by now: its holder writes those states again. */
async function rememberStates(tx: WriteTx, partition: number, changes: readonly StoredChange[]): Promise<void> {
  const ids = [...new Set(changes.map(({ canonicalId }) => canonicalId))].toSorted();
  await tx.insertIgnore(
    'state_again',
    hubColumns('state_again'),
    ids.map((id) => [id, partition]),
  );
}

class Publisher {
  readonly #store: Store;
  readonly #envelope: Envelope;
  readonly #transport: PublishingTransport;
  readonly #onError: RelayOptions['onError'];

  constructor({ store, envelope, transport, onError }: RelayOptions) {
    this.#store = store;
    this.#envelope = envelope;
    this.#transport = transport;
    this.#onError = onError;
  }

  async publish(partition: number, changes: readonly StoredChange[], signal: AbortSignal): Promise<void> {
    const parked = await this.#parkedKeys(partition);
    const byTopic = new Map<string, StoredMessage[]>();
    const states = new Map<string, StoredChange>();
    for (const change of changes) {
      if (parked.has(change.canonicalId)) continue;
      for (const version of this.#envelope.versions(change.entity)) {
        const message = this.#envelope.change(change, version);
        if (message) add(byTopic, this.#envelope.topic('changes', change.entity, version), { message, change });
      }
      states.set(change.canonicalId, change);
    }
    for (const change of states.values()) this.#addStates(byTopic, change);
    await Promise.all([...byTopic].map(([topic, messages]) => this.#send(topic, partition, messages, parked, signal)));
  }

  /** The states that a relay from before may have overwritten with older ones. */
  async publishStateAgain(partition: number, signal: AbortSignal): Promise<void> {
    const rows = await this.#store.reader.all(
      `select canonical_id from state_again where "partition" = ${this.#store.placeholder(1)} limit 500`,
      [partition],
    );
    if (rows.length === 0) return;
    const parked = await this.#parkedKeys(partition);
    const byTopic = new Map<string, StoredMessage[]>();
    for (const [id] of rows) {
      const change = await lastChange(this.#store, String(id));
      if (change) this.#addStates(byTopic, change);
    }
    for (const [topic, messages] of byTopic) await this.#send(topic, partition, messages, parked, signal);
    await this.#store.write((tx) => tx.deleteIn('state_again', hubColumns('state_again', 'canonical_id'), rows));
  }

  #addStates(byTopic: Map<string, StoredMessage[]>, change: StoredChange): void {
    for (const version of this.#envelope.versions(change.entity)) {
      const message = this.#envelope.state(change, version);
      if (message) add(byTopic, this.#envelope.topic('state', change.entity, version), { message, change });
    }
  }

  /** A message that the broker refuses for good parks its key; the others go on. */
  async #send(
    topic: string,
    partition: number,
    messages: readonly StoredMessage[],
    parked: Set<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const left = messages.filter(({ change }) => !parked.has(change.canonicalId));
    const [first] = left;
    if (!first) return;
    try {
      await this.#transport.publish(
        topic,
        partition,
        left.map(({ message }) => message),
        signal,
      );
    } catch (error) {
      if (!hasCode(error, 'REJECTED_RECORD')) throw error;
      if (left.length === 1) return this.#park(first.change, error, parked);
      const half = Math.ceil(left.length / 2);
      await this.#send(topic, partition, left.slice(0, half), parked, signal);
      await this.#send(topic, partition, left.slice(half), parked, signal);
    }
  }

  async #parkedKeys(partition: number): Promise<Set<string>> {
    const rows = await this.#store.reader.all(
      `select canonical_id from parked_key where "partition" = ${this.#store.placeholder(1)}`,
      [partition],
    );
    return new Set(rows.map(([id]) => String(id)));
  }

  async #park(change: StoredChange, error: Error, parked: Set<string>): Promise<void> {
    const { entity, canonicalId, partition, offset } = change;
    parked.add(canonicalId);
    await this.#store.write(async (tx) => {
      await tx.insertIgnore('parked_key', hubColumns('parked_key'), [
        [entity, canonicalId, partition, offset, error.message, this.#store.clock()],
      ]);
    });
    this.#onError(error);
  }
}

interface StoredMessage {
  readonly message: EventMessage;
  readonly change: StoredChange;
}

function add(byTopic: Map<string, StoredMessage[]>, topic: string, message: StoredMessage): void {
  const messages = byTopic.get(topic);
  if (messages) messages.push(message);
  else byTopic.set(topic, [message]);
}
