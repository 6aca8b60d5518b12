import { TakenOverError } from './errors.ts';
import type { EventPlace } from './event.ts';
import {
  type Claim,
  type Ledger,
  type LedgerEntries,
  OLDEST,
  type ParkedEvent,
  type PartitionMemory,
  type Place,
} from './ledger.ts';

/** Sequences of this many keys are remembered; those not met for longest are forgotten first. */
export const KNOWN_KEYS = 100_000;

interface Partition {
  readonly place: Place;
  epoch: number;
  memory: PartitionMemory;
  readonly known: Map<string, EventPlace>;
  parked: ParkedEvent[];
  turn: Promise<unknown>;
}

/** Keeps across restarts what a partition came to: awaited before it goes on. */
export interface LedgerJournal {
  save(place: Place, step: PartitionStep): Promise<void>;
}

export interface PartitionStep extends PartitionMemory {
  /** The keys that moved. */
  readonly known: readonly (readonly [key: string, place: EventPlace])[];
  /** All that is parked. */
  readonly parked: readonly ParkedEvent[];
}

/**
 * Remembers for as long as the process lives, the sequences of the last keys met; positions are the source's. After a
 * restart, or when another member has had the partition, events may come again that took effect before.
 */
export function memoryLedger(): Ledger<undefined> {
  return new MemoryLedger();
}

export class MemoryLedger implements Ledger<undefined> {
  readonly isTransactional = false;
  readonly #partitions = new Map<string, Partition>();
  readonly #journal: LedgerJournal | undefined;

  constructor(journal?: LedgerJournal, saved: Iterable<readonly [Place, PartitionStep]> = []) {
    this.#journal = journal;
    for (const [place, { position, incarnations, known, parked }] of saved) {
      const partition = this.#at(place);
      partition.memory = { position, incarnations };
      for (const [key, at] of known) partition.known.set(key, at);
      partition.parked = [...parked];
    }
  }

  async claim(place: Place): Promise<Claim> {
    const partition = this.#at(place);
    return this.#inTurn(partition, async () => {
      partition.epoch += 1;
      if (this.#journal) return { ...place, ...partition.memory, epoch: partition.epoch };
      // The source delivers again what is parked, and all after it.
      partition.parked = [];
      return { ...place, position: undefined, incarnations: partition.memory.incarnations, epoch: partition.epoch };
    });
  }

  async renew(claim: Claim): Promise<Claim> {
    const { epoch, memory } = this.#at(claim);
    if (epoch !== claim.epoch) throw takenOver(claim);
    return { ...claim, ...(this.#journal && memory) };
  }

  run<T>(claim: Claim, work: (entries: LedgerEntries<undefined>) => Promise<T>): Promise<T> {
    const partition = this.#at(claim);
    return this.#inTurn(partition, async () => {
      if (partition.epoch !== claim.epoch) throw takenOver(claim);
      return await this.#transaction(claim, partition, work);
    });
  }

  hold<T>(place: Place, work: (entries: LedgerEntries<undefined>, memory: PartitionMemory) => Promise<T>): Promise<T> {
    const partition = this.#at(place);
    return this.#inTurn(partition, () =>
      this.#transaction(place, partition, (entries) => work(entries, partition.memory)),
    );
  }

  async parked(): Promise<readonly ParkedEvent[]> {
    return [...this.#partitions.values()].flatMap(({ parked }) => parked);
  }

  async beginAnew(): Promise<void> {
    for (const partition of this.#partitions.values()) {
      await this.#inTurn(partition, async () => {
        partition.epoch += 1;
        await this.#transaction(partition.place, partition, (entries) =>
          entries.moveTo({ position: OLDEST, incarnations: [] }),
        );
      });
    }
  }

  forgettable(place: Place, next: number): number {
    const [first] = this.#at(place).parked;
    return this.#journal || !first ? next : Math.min(first.message.offset, next);
  }

  #at(place: Place): Partition {
    const name = `${place.topic} ${place.partition}`;
    let partition = this.#partitions.get(name);
    if (!partition) {
      partition = {
        place: { topic: place.topic, partition: place.partition },
        epoch: 0,
        memory: { position: undefined, incarnations: [] },
        known: new Map(),
        parked: [],
        turn: Promise.resolve(),
      };
      this.#partitions.set(name, partition);
    }
    return partition;
  }

  #inTurn<T>(partition: Partition, work: () => Promise<T>): Promise<T> {
    const turn = partition.turn.then(work);
    partition.turn = turn.catch(() => {});
    return turn;
  }

  async #transaction<T>(
    place: Place,
    partition: Partition,
    work: (entries: LedgerEntries<undefined>) => Promise<T>,
  ): Promise<T> {
    const changed = new Map<string, EventPlace>();
    let parked = partition.parked;
    let memory = partition.memory;
    const result = await work({
      tx: undefined,
      known: async (keys) => picked(partition.known, keys),
      remember: async (known) => {
        for (const [key, at] of known) changed.set(key, at);
      },
      parkedKeys: async (keys) => {
        const found = new Set(parked.map(({ message }) => message.key));
        return new Set(keys.filter((key) => found.has(key)));
      },
      parkedCount: async () => (await this.parked()).filter(({ reason }) => reason !== 'waiting').length,
      parkedOf: async (key) => parked.filter(({ message }) => message.key === key),
      park: async (events) => {
        parked = [...parked, ...events];
      },
      unpark: async (events) => {
        const gone = new Set(events.map(({ message }) => message.offset));
        parked = parked.filter(({ message }) => !gone.has(message.offset));
      },
      moveTo: async (next) => {
        memory = next;
      },
    });
    await this.#journal?.save(place, { ...memory, known: [...changed], parked });
    for (const [key, at] of changed) {
      partition.known.delete(key);
      partition.known.set(key, at);
    }
    for (const key of partition.known.keys()) {
      if (partition.known.size <= KNOWN_KEYS) break;
      partition.known.delete(key);
    }
    partition.parked = parked;
    partition.memory = memory;
    return result;
  }
}

function takenOver({ topic, partition }: Place): TakenOverError {
  return new TakenOverError(`Partition ${partition} of ${topic} was claimed anew.`);
}

function picked(known: ReadonlyMap<string, EventPlace>, keys: readonly string[]): ReadonlyMap<string, EventPlace> {
  return new Map(
    keys.flatMap((key) => {
      const at = known.get(key);
      return at ? [[key, at] as const] : [];
    }),
  );
}
