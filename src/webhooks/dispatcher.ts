/** Follows the endpoints in the store: a runner for each that is active, in the one process that holds the lease. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { keepLease, logEnds, takeLease, type WorkLease } from '#events';
import type { WriteTx } from '#store';
import { loadEndpoints, readerOf, type WebhookEndpoint } from './endpoint.ts';
import { EndpointRunner, type RunnerOptions } from './endpoint-runner.ts';
import { endpoints as endpointsCounted, waitingKeys } from './metrics.ts';

export interface DispatcherOptions extends Omit<RunnerOptions, 'keepLease'> {
  readonly pollMs?: number;
  /** A holder that does not come back within this time loses the right to send. */
  readonly leaseMs?: number;
}

interface Slot {
  runner: EndpointRunner | undefined;
  /** Being opened or halted. */
  busy: Promise<void> | undefined;
}

const LEASE = 'webhooks';
/** Endpoints are looked at anew that often; at once when they were changed in this process. */
const LOOK_MS = 1000;

export class Dispatcher {
  readonly #options: DispatcherOptions & { readonly pollMs: number; readonly leaseMs: number };
  readonly #slots = new Map<string, Slot>();
  readonly #stopping = new AbortController();
  /** SQLite has one writing process at a time, so a lease from before is its own. */
  readonly #holder: string;
  #lease: WorkLease | undefined;
  #lookAt = 0;
  #wake: () => void = () => {};
  /** Who waits for the next look. */
  #looking: (() => void)[] = [];
  #running: Promise<void> | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = { pollMs: 50, leaseMs: 10_000, ...options };
    this.#holder = options.store.dialect === 'sqlite' ? 'sqlite' : randomUUID();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something about the endpoints was changed. Resolves when nothing more begins that is not as they are now. */
  look(): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#looking.push(resolve);
      this.#lookAt = 0;
      this.#wake();
    });
  }

  /** What waits for an endpoint is tried at once. */
  nudge(endpoint: string): void {
    this.#slots.get(endpoint)?.runner?.nudge().catch(this.#options.onError);
  }

  /** Breaks off what is under way: it is sent again by whoever goes on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
    for (const resolve of this.#looking) resolve();
    await Promise.all([...this.#slots.values()].map((slot) => slot.busy));
    await Promise.all([...this.#slots.values()].map((slot) => slot.runner?.halt('abort')));
    const lease = this.#lease;
    if (lease) await this.#options.store.write((tx) => keepLease(tx, lease, 0));
  }

  async #run(): Promise<void> {
    const { onError } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#round().catch(onError);
      const pause = new AbortController();
      this.#wake = () => pause.abort();
      const ms = this.#slots.size === 0 ? LOOK_MS : this.#options.pollMs;
      if (this.#lookAt > 0 && !signal.aborted) await wait(ms, undefined, { signal: pause.signal }).catch(() => {});
    }
  }

  async #round(): Promise<void> {
    const { store, onError } = this.#options;
    const now = performance.now();
    if (this.#lookAt <= now) {
      this.#lookAt = now + LOOK_MS;
      const looking = this.#looking;
      this.#looking = [];
      try {
        await this.#follow(await loadEndpoints(readerOf(store)));
      } catch (error) {
        this.#looking.push(...looking);
        throw error;
      }
      for (const resolve of looking) resolve();
    }
    const runners = [...this.#slots.values()].flatMap(({ runner, busy }) => (runner && !busy ? [runner] : []));
    if (runners.length === 0) return;
    const ends = await logEnds(store);
    await Promise.all(runners.map((runner) => runner.pump(ends).catch(onError)));
    if (runners.some((runner) => runner.isOver)) this.#lookAt = 0;
  }

  async #follow(found: readonly WebhookEndpoint[]): Promise<void> {
    this.#tellMetrics(found);
    const active = new Map(found.filter(({ state }) => state === 'active').map((each) => [each.id, each]));
    if (active.size > 0) await this.#holdLease();
    for (const [id, slot] of this.#slots) {
      const endpoint = active.get(id);
      const { runner } = slot;
      if (slot.busy) continue;
      if (!runner) this.#slots.delete(id);
      else if (runner.isOver || !endpoint || endpoint.revision !== runner.revision || !this.#lease) this.#halt(slot);
    }
    if (!this.#lease) return;
    for (const endpoint of active.values()) if (!this.#slots.has(endpoint.id)) this.#open(endpoint);
  }

  #open(endpoint: WebhookEndpoint): void {
    const slot: Slot = { runner: undefined, busy: undefined };
    const options = { ...this.#options, keepLease: (tx: WriteTx) => this.#isHeld(tx) };
    slot.busy = EndpointRunner.open(endpoint, options)
      .then(
        (runner) => {
          slot.runner = runner;
        },
        (error) => this.#options.onError(error),
      )
      .finally(() => {
        slot.busy = undefined;
      });
    this.#slots.set(endpoint.id, slot);
  }

  /** A new one begins only when all that was under way has its answer, so that a key stays in order. */
  #halt(slot: Slot): void {
    slot.busy = (slot.runner?.halt('drain') ?? Promise.resolve()).catch(this.#options.onError).then(() => {
      slot.runner = undefined;
      slot.busy = undefined;
      this.look();
    });
  }

  async #holdLease(): Promise<void> {
    const { store, leaseMs } = this.#options;
    const now = store.clock();
    const held = this.#lease;
    if (held && held.expiresAt - now > leaseMs / 2) return;
    this.#lease = await store.write(async (tx) =>
      held ? keepLease(tx, held, now + leaseMs) : takeLease(tx, LEASE, this.#holder, now, leaseMs),
    );
  }

  async #isHeld(tx: WriteTx): Promise<boolean> {
    const lease = this.#lease;
    return lease !== undefined && (await keepLease(tx, lease, lease.expiresAt)) !== undefined;
  }

  #tellMetrics(found: readonly WebhookEndpoint[]): void {
    endpointsCounted.reset();
    for (const { id, state } of found) {
      const isFailing = state === 'active' && this.#slots.get(id)?.runner?.isFailing;
      endpointsCounted.inc({ state: isFailing ? 'failing' : state });
    }
    const waiting = [...this.#slots.values()].reduce((sum, { runner }) => sum + (runner?.waiting ?? 0), 0);
    waitingKeys.set(waiting);
  }
}
