import type { SourceRecord, WantedFields } from '#sdk';

/** A record found by key, and when the read that found it began (the store's clock). */
export interface Found {
  readonly record: SourceRecord;
  readonly startedAt: number;
  /** Only what was wanted was read: no full projection. */
  readonly isPartial?: true;
}

/** Reads at most `maxBatch` keys in one go; everything of them where nothing says what is wanted. */
export type ReadBatch = (
  keys: readonly string[],
  wanted: WantedFields | undefined,
) => Promise<{ readonly value: readonly SourceRecord[]; readonly startedAt: number }>;

type Batch = Promise<ReadonlyMap<string, Found>>;

/** What is asked for in one turn of the event loop. */
interface Turn {
  /** Normalised key to its place among all of them. */
  readonly places: Map<string, number>;
  readonly wanted: Map<string, Set<string>>;
  wantsAll: boolean;
  /** One for every `maxBatch` places. */
  readonly batches: Promise<readonly Batch[]>;
}

/**
 * Gathers the keys that are asked for in one turn of the event loop, from all callers, into as few reads as may be.
 * Callers that want different fields share a read of all of these: calls are dearer than columns.
 */
export class LookupBatcher {
  readonly #maxBatch: number;
  readonly #normalizeKey: (key: string) => string;
  readonly #read: ReadBatch;
  #turn: Turn | undefined;

  constructor(maxBatch: number, normalizeKey: (key: string) => string, read: ReadBatch) {
    this.#maxBatch = maxBatch;
    this.#normalizeKey = normalizeKey;
    this.#read = read;
  }

  /** Keys that do not exist are not in the answer; it is keyed by the key as it was asked for. */
  async lookup(keys: readonly string[], wanted: WantedFields | undefined): Promise<ReadonlyMap<string, Found>> {
    this.#turn ??= this.#begin();
    const { places, batches } = note(this.#turn, wanted);
    const needed = new Map<number, ReadonlyMap<string, Found> | undefined>();
    const asked = keys.map((key) => {
      const normalized = this.#normalizeKey(key);
      let place = places.get(normalized);
      if (place === undefined) {
        place = places.size;
        places.set(normalized, place);
      }
      const batch = Math.floor(place / this.#maxBatch);
      if (!needed.has(batch)) needed.set(batch, undefined);
      return { key, normalized, batch };
    });
    const all = await batches;
    await Promise.all(Array.from(needed.keys(), async (batch) => needed.set(batch, await all[batch]!)));
    const found = new Map<string, Found>();
    for (const { key, normalized, batch } of asked) {
      const one = needed.get(batch)!.get(normalized);
      if (one !== undefined) found.set(key, one);
    }
    return found;
  }

  #begin(): Turn {
    const batches = new Promise<readonly Batch[]>((resolve) => {
      // After the promise jobs of this turn: callers that wait for one another's microtasks still meet in one batch.
      setImmediate(() => resolve(this.#dispatch()));
    });
    return { places: new Map(), wanted: new Map(), wantsAll: false, batches };
  }

  #dispatch(): readonly Batch[] {
    const { places, wanted, wantsAll } = this.#turn!;
    this.#turn = undefined;
    const fields = wantsAll
      ? undefined
      : Object.fromEntries([...wanted].map(([entity, names]) => [entity, [...names]]));
    const keys = [...places.keys()];
    const batches: Batch[] = [];
    for (let at = 0; at < keys.length; at += this.#maxBatch)
      batches.push(this.#readBatch(keys.slice(at, at + this.#maxBatch), fields));
    return batches;
  }

  async #readBatch(keys: readonly string[], wanted: WantedFields | undefined): Batch {
    const { value, startedAt } = await this.#read(keys, wanted);
    const found = new Map<string, Found>();
    for (const record of value) {
      const one: Found = wanted ? { record, startedAt, isPartial: true } : { record, startedAt };
      found.set(this.#normalizeKey(record.key), one);
    }
    return found;
  }
}

function note(turn: Turn, wanted: WantedFields | undefined): Turn {
  if (wanted === undefined) turn.wantsAll = true;
  for (const [entity, fields] of Object.entries(wanted ?? {})) {
    const known = turn.wanted.get(entity) ?? new Set<string>();
    for (const field of fields) known.add(field);
    turn.wanted.set(entity, known);
  }
  return turn;
}
