import { hasCode } from '#sdk';
import { hubColumns, type Store } from '#store';
import { deadLetter } from './dead-letters.ts';
import type { Envelope } from './envelope.ts';
import type { HeldPartition } from './log-reader.ts';
import { parkedKeys } from './metrics.ts';
import { countParked, type ParkedKey, park, parkAgain, parkedIn, unpark } from './parked-keys.ts';
import { changesOfKey, lastChange, type StoredChange } from './stored-change.ts';
import type { EventMessage, PublishingTransport } from './transport.ts';

export interface PublisherOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  readonly transport: PublishingTransport;
  /** What went wrong and is tried again, or was parked. */
  readonly onError: (error: unknown) => void;
}

interface StoredMessage {
  readonly message: EventMessage;
  readonly change: StoredChange;
}

/** What becomes of a message that the broker refuses for good; the others of its send go on. */
type OnRefused = (refused: StoredMessage, topic: string, error: Error) => Promise<void>;

const AGAIN_AT_ONCE = 500;
const RELEASED_AT_ONCE = 20;

/** Brings change rows to the topics they belong to. A key of which one is refused waits, and all others go on. */
export class Publisher {
  readonly #store: Store;
  readonly #envelope: Envelope;
  readonly #transport: PublishingTransport;
  readonly #onError: PublisherOptions['onError'];

  constructor({ store, envelope, transport, onError }: PublisherOptions) {
    this.#store = store;
    this.#envelope = envelope;
    this.#transport = transport;
    this.#onError = onError;
  }

  async publish(partition: number, changes: readonly StoredChange[], signal: AbortSignal): Promise<void> {
    const parked = new Set((await parkedIn(this.#store, partition)).map(({ canonicalId }) => canonicalId));
    const living = parked.size > 0 ? changes.filter(({ canonicalId }) => !parked.has(canonicalId)) : changes;
    const onRefused: OnRefused = async ({ message, change }, topic, error) => {
      parked.add(change.canonicalId);
      await this.#setAside(topic, partition, message, error, signal);
      await this.#store.write((tx) =>
        park(tx, this.#store, { ...change, topic, reason: error.message, at: this.#store.clock() }),
      );
      parkedKeys.set(await countParked(this.#store));
    };
    const isParked = ({ change }: StoredMessage) => parked.has(change.canonicalId);
    const topics = [...this.#byTopic(living)];
    await Promise.all(
      topics.map(([topic, messages]) => this.#send(topic, partition, messages, { signal, onRefused, isParked })),
    );
  }

  /** Messages that were told before, or belong to no change. One that is refused is left out. */
  async tell(topic: string, messages: readonly EventMessage[], { partition, signal }: HeldPartition): Promise<void> {
    try {
      await this.#transport.publish(topic, partition, messages, signal);
    } catch (error) {
      if (!hasCode(error, 'REJECTED_RECORD')) throw error;
      const [first] = messages;
      if (first && messages.length === 1) return this.#setAside(topic, partition, first, error, signal);
      const half = Math.ceil(messages.length / 2);
      await this.tell(topic, messages.slice(0, half), { partition, signal } as HeldPartition);
      await this.tell(topic, messages.slice(half), { partition, signal } as HeldPartition);
    }
  }

  /** Partitions with states to write again, or with parked keys to try again. */
  async due(): Promise<readonly number[]> {
    const rows = await this.#store.reader.all(
      'select "partition" from state_again union select "partition" from parked_key where releasing = 1',
    );
    return rows.map(([partition]) => Number(partition));
  }

  async runErrands(place: HeldPartition): Promise<void> {
    await this.#publishStateAgain(place);
    const parked = await parkedIn(this.#store, place.partition);
    for (const key of parked.filter(({ isReleasing }) => isReleasing).slice(0, RELEASED_AT_ONCE)) {
      await this.#release(key, place);
    }
  }

  /** The states that a relay from before may have overwritten with older ones. */
  async #publishStateAgain(place: HeldPartition): Promise<void> {
    const rows = await this.#store.reader.all(
      `select canonical_id from state_again where "partition" = ${this.#store.placeholder(1)} limit ${AGAIN_AT_ONCE}`,
      [place.partition],
    );
    if (rows.length === 0) return;
    const parked = new Set((await parkedIn(this.#store, place.partition)).map(({ canonicalId }) => canonicalId));
    const byTopic = new Map<string, StoredMessage[]>();
    for (const [id] of rows) {
      const change = parked.has(String(id)) ? undefined : await lastChange(this.#store, String(id));
      if (change) this.#addStates(byTopic, change);
    }
    for (const [topic, messages] of byTopic) {
      await this.tell(
        topic,
        messages.map(({ message }) => message),
        place,
      );
    }
    await place.save((tx) => tx.deleteIn('state_again', hubColumns('state_again', 'canonical_id'), rows));
  }

  /** All that waited, in order, up to what the relay tells next. */
  async #release(key: ParkedKey, place: HeldPartition): Promise<void> {
    const changes = await changesOfKey(this.#store, key.canonicalId, key.offset, place.offset);
    let refused: { readonly change: StoredChange; readonly error: Error } | undefined;
    const onRefused: OnRefused = async ({ message, change }, topic, error) => {
      if (!refused || refused.change.offset > change.offset) refused = { change, error };
      await this.#setAside(topic, place.partition, message, error, place.signal);
    };
    for (const [topic, messages] of this.#byTopic(changes)) {
      const isParked = ({ change }: StoredMessage) => refused !== undefined && change.offset >= refused.change.offset;
      await this.#send(topic, place.partition, messages, { signal: place.signal, onRefused, isParked });
    }
    await place.save((tx) =>
      refused
        ? parkAgain(tx, key.canonicalId, refused.change.offset, refused.error.message)
        : unpark(tx, key.canonicalId),
    );
    parkedKeys.set(await countParked(this.#store));
  }

  /** Every change, then the last state of each key. */
  #byTopic(changes: readonly StoredChange[]): ReadonlyMap<string, StoredMessage[]> {
    const byTopic = new Map<string, StoredMessage[]>();
    const states = new Map<string, StoredChange>();
    for (const change of changes) {
      for (const version of this.#envelope.versions(change.entity)) {
        const message = this.#envelope.change(change, version);
        if (message) add(byTopic, this.#envelope.topic('changes', change.entity, version), { message, change });
      }
      states.set(change.canonicalId, change);
    }
    for (const change of states.values()) this.#addStates(byTopic, change);
    return byTopic;
  }

  #addStates(byTopic: Map<string, StoredMessage[]>, change: StoredChange): void {
    for (const version of this.#envelope.versions(change.entity)) {
      const message = this.#envelope.state(change, version);
      if (message) add(byTopic, this.#envelope.topic('state', change.entity, version), { message, change });
    }
  }

  /** Halves what is refused until the one that it is about stands alone. */
  async #send(
    topic: string,
    partition: number,
    messages: readonly StoredMessage[],
    options: {
      readonly signal: AbortSignal;
      readonly onRefused: OnRefused;
      readonly isParked: (message: StoredMessage) => boolean;
    },
  ): Promise<void> {
    const left = messages.filter((message) => !options.isParked(message));
    const [first] = left;
    if (!first) return;
    try {
      await this.#transport.publish(
        topic,
        partition,
        left.map(({ message }) => message),
        options.signal,
      );
    } catch (error) {
      if (!hasCode(error, 'REJECTED_RECORD')) throw error;
      if (left.length === 1) return options.onRefused(first, topic, error);
      const half = Math.ceil(left.length / 2);
      await this.#send(topic, partition, left.slice(0, half), options);
      await this.#send(topic, partition, left.slice(half), options);
    }
  }

  /** To the dead letters: the value as it was, or without it where even they refuse it. */
  async #setAside(topic: string, partition: number, message: EventMessage, error: Error, signal: AbortSignal) {
    const { prefix, deadLetters } = this.#envelope;
    const refusal = { topic, partition, code: 'REJECTED_RECORD', reason: error.message };
    const letter = (mayHoldValue: boolean) => deadLetter(prefix, message, refusal, this.#store.clock(), mayHoldValue);
    try {
      await this.#transport.publish(deadLetters, partition, [letter(true)], signal);
    } catch (thrown) {
      if (!hasCode(thrown, 'REJECTED_RECORD')) throw thrown;
      await this.#transport.publish(deadLetters, partition, [letter(false)], signal);
    }
    this.#onError(error);
  }
}

function add(byTopic: Map<string, StoredMessage[]>, topic: string, message: StoredMessage): void {
  const messages = byTopic.get(topic);
  if (messages) messages.push(message);
  else byTopic.set(topic, [message]);
}
