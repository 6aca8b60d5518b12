/** Sends one endpoint what it wants of the log: in order per key, several keys at a time, until it is told to halt. */
import { type Envelope, type EventMessage, PARTITIONS, readChanges, type StoredChange } from '#events';
import { hasCode } from '#sdk';
import type { Store, WriteTx } from '#store';
import { webhookMessage } from './body.ts';
import type { Delivery, DeliveryOutcome } from './deliveries.ts';
import { FAILING_AFTER, loadPositions, loadSecrets, readerOf, type WebhookEndpoint } from './endpoint.ts';
import { type Health, StoredProgress } from './endpoint-progress.ts';
import { LogWindow, type Place, placesBetween } from './log-window.ts';
import { attemptSeconds, attempts as attemptsCounted, lagSeconds } from './metrics.ts';
import { loadRetries, type Retry } from './retries.ts';
import type { Attempt, Sender } from './sender.ts';
import { type WebhookSettings, waitAfter } from './settings.ts';

export interface RunnerOptions {
  readonly store: Store;
  readonly envelope: Envelope;
  readonly settings: WebhookSettings;
  readonly sender: Sender;
  readonly onError: (error: unknown) => void;
  /** Lines for the operator. */
  readonly say: (line: string) => void;
  /** False: somebody else sends by now. */
  readonly keepLease: (tx: WriteTx) => Promise<boolean>;
}

/** Places held in memory at the most, and keys that wait to be tried again; beyond it nothing more is read. */
const MOST_OPEN = 1000;
export const MOST_WAITING = 1000;
/** Progress is stored that often; what was sent since is sent again after a crash. */
const STORE_EVERY_MS = 100;
const ASK_STORE_AGAIN_MS = 1000;

type Result =
  | { readonly kind: 'sent'; readonly attempt: Attempt; readonly change: StoredChange; readonly eventId: string }
  | { readonly kind: 'unwanted' | 'vanished' | 'aborted' | 'unread' };

export class EndpointRunner {
  readonly #options: RunnerOptions;
  readonly #endpoint: WebhookEndpoint;
  readonly #window: LogWindow;
  /** By key, events in order; the first one is under way, or next. */
  readonly #lanes = new Map<string, Place[]>();
  /** Keys of lanes of which nothing is under way. */
  readonly #ready = new Set<string>();
  readonly #retries: Map<string, Retry>;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #progress: StoredProgress;
  readonly #abort = new AbortController();
  #health: Health;
  #nextDueAt = 0;
  #nextPartition = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #isHalting = false;

  private constructor(
    endpoint: WebhookEndpoint,
    options: RunnerOptions,
    window: LogWindow,
    retries: readonly Retry[],
    positions: ReadonlyMap<number, number>,
  ) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#window = window;
    this.#retries = new Map(retries.map((retry) => [retry.key, retry]));
    this.#progress = new StoredProgress(endpoint, options, positions);
    const { failures, failingSince, holdUntil, givenUp } = endpoint;
    this.#health = { failures, failingSince, holdUntil, givenUp };
  }

  static async open(endpoint: WebhookEndpoint, options: RunnerOptions): Promise<EndpointRunner> {
    const { store } = options;
    const positions = await loadPositions(readerOf(store), store, endpoint.id);
    const retries = await loadRetries(store, endpoint.id);
    return new EndpointRunner(endpoint, options, new LogWindow(store, endpoint, positions), retries, positions);
  }

  get revision(): number {
    return this.#endpoint.revision;
  }

  get waiting(): number {
    return this.#retries.size;
  }

  get isFailing(): boolean {
    return this.#health.failures >= FAILING_AFTER;
  }

  /** It stopped by itself: paused, disabled, a gap, or somebody else works on the endpoint. */
  get isOver(): boolean {
    return this.#health.stop !== undefined || this.#progress.isStale;
  }

  /** Reads on, starts what is due, stores progress. Called at every look; `ends` are those of the log. */
  pump(ends: ReadonlyMap<number, number>): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isHalting || this.isOver) return;
      try {
        await this.#readAhead(ends);
      } catch (error) {
        if (!hasCode(error, 'GONE')) throw error;
        this.#stop('gap', error.message);
      }
      this.#startDue();
      if (this.isOver || this.#progress.ageMs >= STORE_EVERY_MS) await this.#store();
    });
  }

  /** What waits is tried at once. */
  nudge(): Promise<void> {
    return this.#inTurn(async () => {
      this.#retryAllNow();
      this.#startDue();
    });
  }

  /** Nothing more is sent. `drain` waits for the answers to what is under way, `abort` does not. */
  async halt(how: 'drain' | 'abort'): Promise<void> {
    this.#isHalting = true;
    if (how === 'abort') this.#abort.abort();
    await Promise.all(this.#underWay.values());
    await this.#inTurn(() => this.#store());
  }

  /** One change of what is held in memory at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #readAhead(ends: ReadonlyMap<number, number>): Promise<void> {
    if (this.isFailing || this.#isHeldOff()) return;
    for (let count = 0; count < PARTITIONS; count += 1) {
      if (this.#window.outstanding >= MOST_OPEN || this.#retries.size >= MOST_WAITING) return;
      const partition = this.#nextPartition;
      // Goes on with the next one when the window is full, so that a long partition does not keep others waiting.
      this.#nextPartition = (partition + 1) % PARTITIONS;
      for (const place of await this.#window.read(partition, ends.get(partition) ?? 0)) this.#take(place);
    }
  }

  #take(place: Place): void {
    const { key } = place;
    const retry = this.#retries.get(key);
    if (retry) {
      this.#setRetry(key, { ...retry, through: Math.max(retry.through, place.offset) });
      this.#window.settle(place);
      return;
    }
    const lane = this.#lanes.get(key);
    if (lane) lane.push(place);
    else {
      this.#lanes.set(key, [place]);
      this.#ready.add(key);
    }
  }

  #startDue(): void {
    if (this.#isHalting || this.isOver || this.#isHeldOff()) return;
    const most = this.isFailing ? 1 : this.#options.settings.concurrency;
    // Keys that are tried again leave room for the others.
    this.#startRetries(this.isFailing || this.#ready.size === 0 ? most : Math.ceil(most / 2));
    if (this.isFailing) return;
    for (const key of this.#ready) {
      if (this.#underWay.size >= most) return;
      const place = this.#lanes.get(key)?.[0];
      this.#ready.delete(key);
      if (place) this.#start(place);
    }
  }

  #startRetries(most: number): void {
    const now = this.#options.store.clock();
    if (now < this.#nextDueAt) return;
    const idle = [...this.#retries.values()].filter(({ key }) => !this.#underWay.has(key));
    idle.sort((a, b) => a.nextAt - b.nextAt);
    for (const retry of idle) {
      this.#nextDueAt = retry.nextAt;
      if (retry.nextAt > now || this.#underWay.size >= most) return;
      this.#start(retry);
    }
    this.#nextDueAt = Number.POSITIVE_INFINITY;
  }

  #start(place: Place): void {
    const { key } = place;
    const work = this.#attempt(place)
      .catch((error): Result => {
        this.#options.onError(error);
        return { kind: 'unread' };
      })
      .then((result) =>
        this.#inTurn(async () => {
          this.#underWay.delete(key);
          await this.#settle(place, result);
          this.#startDue();
        }),
      )
      .catch(this.#options.onError);
    this.#underWay.set(key, work);
  }

  async #attempt({ partition, offset }: Place): Promise<Result> {
    const { store, envelope, sender } = this.#options;
    const [change] = await readChanges(store, partition, offset, 1);
    if (change?.offset !== offset) return { kind: 'vanished' };
    const message = envelope.change(change);
    if (!message || !this.#wants(change, message)) return { kind: 'unwanted' };
    const now = store.clock();
    const secrets = await loadSecrets(store, this.#endpoint.id, now);
    const sent = webhookMessage(message);
    const attempt = await sender.send({ url: this.#endpoint.url, secrets }, sent, now, this.#abort.signal);
    if (this.#abort.signal.aborted && !attempt.taken) return { kind: 'aborted' };
    attemptSeconds.observe(attempt.latencyMs / 1000);
    return { kind: 'sent', attempt, change, eventId: sent.id };
  }

  /** Judged by what may leave: a change of what nobody is told about is none. */
  #wants({ entity, op }: StoredChange, { value }: EventMessage): boolean {
    const { entities, ops, fields } = this.#endpoint;
    if (!entities.includes(entity) || !(ops as readonly string[]).includes(op)) return false;
    if (!fields || op !== 'update') return true;
    const { changed } = JSON.parse(value ?? '{}') as { readonly changed: readonly string[] };
    return changed.some((name) => fields.includes(name));
  }

  async #settle(place: Place, result: Result): Promise<void> {
    switch (result.kind) {
      case 'aborted':
        return;
      case 'unread':
        return this.#later(place);
      case 'unwanted':
        return this.#advance(place);
      case 'vanished':
        if (!this.#retries.has(place.key)) return this.#stop('gap', 'Changes that had not been sent were forgotten.');
        this.#count('given-up');
        this.#change({ givenUp: this.#health.givenUp + 1 });
        return this.#advance(place);
      case 'sent':
        return result.attempt.taken ? this.#taken(place, result) : this.#failed(place, result);
    }
  }

  #later(place: Place): void {
    const nextAt = this.#options.store.clock() + ASK_STORE_AGAIN_MS;
    const retry = this.#retries.get(place.key);
    if (retry) this.#setRetry(place.key, { ...retry, nextAt });
    else this.#wait(place, { attempts: 0, failedAt: null, nextAt, error: null });
  }

  async #taken(place: Place, result: Extract<Result, { kind: 'sent' }>): Promise<void> {
    const wasFailing = this.isFailing;
    if (this.#health.failures > 0) this.#change({ failures: 0, failingSince: null, holdUntil: null });
    lagSeconds.observe((this.#options.store.clock() - result.change.at) / 1000);
    this.#record(result, 'taken', null);
    await this.#advance(place);
    if (wasFailing) this.#retryAllNow();
  }

  async #failed(place: Place, result: Extract<Result, { kind: 'sent' }>): Promise<void> {
    const { store, settings } = this.#options;
    const { status, error, retryAfterMs = 0 } = result.attempt;
    const now = store.clock();
    const failingSince = this.#health.failingSince ?? now;
    const before = this.#retries.get(place.key);
    const attempts = (before?.attempts ?? 0) + 1;
    const failedAt = before?.failedAt ?? now;
    const nextAt = now + Math.max(waitAfter(attempts, settings.retry, Math.random()), retryAfterMs);
    this.#change({ failures: this.#health.failures + 1, failingSince });
    if (retryAfterMs > 0 && (status === 429 || status === 503)) this.#change({ holdUntil: now + retryAfterMs });
    if (status === 410) this.#stop('disabled', 'The endpoint answered 410 Gone.');
    else if (now - failingSince >= settings.pauseAfterHours * 3600_000) {
      const since = new Date(failingSince).toISOString();
      this.#stop('paused', `Nothing was taken since ${since}; at last the endpoint ${error}.`);
    }
    const isGivenUp = !this.isOver && now - failedAt >= settings.retry.hours * 3600_000;
    const outcome = this.isOver ? 'stopped' : isGivenUp ? 'given-up' : 'retrying';
    this.#record(result, outcome, outcome === 'retrying' ? nextAt : null, attempts);
    if (isGivenUp) {
      this.#change({ givenUp: this.#health.givenUp + 1 });
      await this.#advance(place);
    } else this.#wait(place, { attempts, failedAt, nextAt, error });
  }

  /** The key's next event, if there is one. */
  async #advance(place: Place): Promise<void> {
    const { key, partition, offset } = place;
    const retry = this.#retries.get(key);
    if (!retry) {
      const lane = this.#lanes.get(key);
      lane?.shift();
      this.#window.settle(place);
      if (lane?.length) this.#ready.add(key);
      else this.#lanes.delete(key);
      return;
    }
    const { store } = this.#options;
    const span = { partition, from: offset + 1, to: retry.through + 1, most: 1, key };
    const [next] = retry.through > offset ? await placesBetween(store, this.#endpoint, span) : [];
    const first = { attempts: 0, failedAt: null, nextAt: store.clock(), error: null };
    this.#setRetry(key, next && { ...retry, offset: next.offset, ...first });
  }

  /** The key waits with all that is known of it; its places are settled as far as the log is concerned. */
  #wait(place: Place, how: Pick<Retry, 'attempts' | 'failedAt' | 'nextAt' | 'error'>): void {
    const { key, partition, offset } = place;
    const lane = this.#lanes.get(key) ?? [];
    const through = this.#retries.get(key)?.through ?? lane.at(-1)?.offset ?? offset;
    for (const each of lane) this.#window.settle(each);
    this.#lanes.delete(key);
    this.#ready.delete(key);
    this.#setRetry(key, { key, partition, offset, through, ...how });
  }

  #setRetry(key: string, retry: Retry | undefined): void {
    if (retry) this.#retries.set(key, retry);
    else this.#retries.delete(key);
    if (retry) this.#nextDueAt = Math.min(this.#nextDueAt, retry.nextAt);
    this.#progress.retries.set(key, retry);
  }

  #retryAllNow(): void {
    const now = this.#options.store.clock();
    for (const retry of this.#retries.values()) {
      if (retry.nextAt > now) this.#setRetry(retry.key, { ...retry, nextAt: now });
    }
  }

  #isHeldOff(): boolean {
    return (this.#health.holdUntil ?? 0) > this.#options.store.clock();
  }

  #change(health: Partial<Health>): void {
    this.#health = { ...this.#health, ...health };
    this.#progress.health = this.#health;
  }

  #stop(state: 'paused' | 'disabled' | 'gap', reason: string): void {
    const { id, url } = this.#endpoint;
    this.#change({ stop: { state, reason, at: this.#options.store.clock() } });
    this.#options.say(
      `webhook ${id} to ${new URL(url).host}: ${state}: ${reason} To go on: mutation { hubResumeWebhook(id: "${id}") { state } }`,
    );
  }

  #record(
    { attempt, change, eventId }: Extract<Result, { kind: 'sent' }>,
    outcome: DeliveryOutcome,
    nextAt: number | null,
    count?: number,
  ): void {
    this.#count(outcome);
    const { entity, canonicalId, partition, offset } = change;
    const delivery: Delivery = {
      ...{ eventId, entity, canonicalId, partition, offset, outcome, nextAt },
      attempt: count ?? (this.#retries.get(canonicalId)?.attempts ?? 0) + 1,
      at: this.#options.store.clock(),
      latencyMs: attempt.latencyMs,
      status: attempt.status,
      error: attempt.error,
    };
    this.#progress.deliveries.push(delivery);
  }

  #count(outcome: DeliveryOutcome): void {
    attemptsCounted.inc({ outcome });
  }

  async #store(): Promise<void> {
    await this.#progress.store(this.#window.positions());
  }
}
