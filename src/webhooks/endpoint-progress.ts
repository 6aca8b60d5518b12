/** What happened to an endpoint since its progress was last stored; stored together, or not at all. */
import type { Store, WriteTx } from '#store';
import { type Delivery, saveDeliveries } from './deliveries.ts';
import { lockEndpoint, savePositions, type WebhookEndpoint, writeEndpoint } from './endpoint.ts';
import { type Retry, saveRetries } from './retries.ts';

export type Health = Pick<WebhookEndpoint, 'failures' | 'failingSince' | 'holdUntil' | 'givenUp'> & {
  /** Why nothing more is sent, found while sending. */
  readonly stop?: { readonly state: 'paused' | 'disabled' | 'gap'; readonly reason: string; readonly at: number };
};

export interface ProgressOptions {
  readonly store: Store;
  /** False: somebody else sends by now. */
  readonly keepLease: (tx: WriteTx) => Promise<boolean>;
}

export class StoredProgress {
  readonly #endpoint: WebhookEndpoint;
  readonly #options: ProgressOptions;
  readonly #saved: Map<number, number>;
  /** Keys whose waiting changed; undefined for those that wait no longer. */
  readonly retries = new Map<string, Retry | undefined>();
  readonly deliveries: Delivery[] = [];
  /** Undefined: as it was. */
  health: Health | undefined;
  #storedAt = performance.now();
  #isStale = false;

  constructor(endpoint: WebhookEndpoint, options: ProgressOptions, positions: ReadonlyMap<number, number>) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#saved = new Map(positions);
  }

  /** Somebody else sends by now, or an operator moved the endpoint: nothing from here may be stored. */
  get isStale(): boolean {
    return this.#isStale;
  }

  get ageMs(): number {
    return performance.now() - this.#storedAt;
  }

  async store(positions: readonly number[]): Promise<void> {
    const moved = [...positions.entries()].filter(([partition, offset]) => this.#saved.get(partition) !== offset);
    const nothing = moved.length + this.retries.size + this.deliveries.length === 0 && !this.health;
    if (this.#isStale || nothing) return;
    const isStored = await this.#options.store.write((tx) => this.#write(tx, moved));
    this.#storedAt = performance.now();
    if (!isStored) {
      this.#isStale = true;
      return;
    }
    for (const [partition, offset] of moved) this.#saved.set(partition, offset);
    this.retries.clear();
    this.deliveries.length = 0;
    this.health = undefined;
  }

  async #write(tx: WriteTx, moved: readonly (readonly [number, number])[]): Promise<boolean> {
    const { store, keepLease } = this.#options;
    if (!(await keepLease(tx))) return false;
    const { id, epoch } = this.#endpoint;
    const stored = await lockEndpoint(tx, id);
    if (stored?.epoch !== epoch) return false;
    await savePositions(tx, id, moved);
    await saveRetries(tx, id, this.retries);
    await saveDeliveries(store, tx, id, this.deliveries);
    if (this.health) await writeEndpoint(tx, this.#withHealth(stored, this.health));
    return true;
  }

  /** What an operator decided meanwhile stands. */
  #withHealth(stored: WebhookEndpoint, { stop, ...health }: Health): WebhookEndpoint {
    const isOurs = stored.revision === this.#endpoint.revision;
    return {
      ...stored,
      ...health,
      ...(stop && isOurs && { state: stop.state, reason: stop.reason, stateAt: stop.at }),
    };
  }
}
