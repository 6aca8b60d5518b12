/** Hubs that write and publish without a pause while everything around them fails at random; then the oracle. */
import { setTimeout as wait } from 'node:timers/promises';
import { openStore, type Store } from '#store';
import { until } from '../support/until.ts';
import type { KafkaNode } from '../systems/kafka/cluster.ts';
import { joinPostgres } from '../systems/postgres/postgres.ts';
import { testModel } from '../systems/postgres/test-model.ts';
import { forgotten, isRelayed, judgeTopics, type Verdict } from './oracle.ts';
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';
import { type ProxiedKafka, startProxiedKafka } from './proxied-kafka.ts';
import { type Seeded, seeded } from './seeded.ts';
import { WritingHub } from './writing-hub.ts';

export interface RandomRunOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly brokers: 1 | 3;
  /** What happens, as it happens. */
  readonly say?: (line: string) => void;
}

export interface RandomRunResult {
  readonly seed: number;
  readonly seconds: number;
  /** How often each kind of fault struck. */
  readonly faults: Readonly<Record<Fault | 'produce cut before' | 'produce cut after' | 'commit cut', number>>;
  readonly verdict: Verdict;
  /** Pages that a hub knew to be committed and that the store does not hold. */
  readonly forgotten: readonly string[];
}

export const FAULTS = [
  'hub kill -9',
  'hub paused before its write',
  'hub paused anywhere',
  'broker kill -9',
  'broker restart',
  'lines to a broker cut',
] as const;
export type Fault = (typeof FAULTS)[number];

const PREFIX = 'random';
const LEASE_MS = 2000;
/** What was disturbed has this long to make up for it. */
const SETTLED_WITHIN_MS = 240_000;

export async function runRandomFaults(options: RandomRunOptions): Promise<RandomRunResult> {
  const cleanUp = new AsyncDisposableStack();
  try {
    const postgres = await joinPostgres();
    cleanUp.defer(() => postgres.leave());
    const url = await postgres.createDatabase();
    const database = await startPostgresProxy(url);
    cleanUp.defer(() => database.stop());
    const kafka = await startProxiedKafka(options.brokers);
    cleanUp.defer(() => kafka.stop());
    const hubs = ['a', 'b'].map((writer, index) => newHub(database, kafka, writer, options.seed + 1000 * index));
    cleanUp.defer(async () => void (await Promise.all(hubs.map((hub) => hub.kill()))));
    for (const hub of hubs) await hub.start();
    const store = await openStore({ kind: 'postgresql', url }, testModel(), { role: 'reader' });
    cleanUp.defer(() => store.close());
    const trouble = new Trouble(options, hubs, kafka, database);
    await trouble.run();
    for (const hub of hubs) {
      hub.checkAlive();
      hub.stopWriting();
    }
    await settled(store, hubs, options);
    for (const hub of hubs) await hub.stop();
    return {
      seed: options.seed,
      seconds: options.seconds,
      faults: trouble.counts(),
      verdict: await judgeTopics(store, kafka.brokers, PREFIX),
      forgotten: (await Promise.all(hubs.map((hub) => forgotten(store, hub.committed)))).flat(),
    };
  } finally {
    await cleanUp.disposeAsync();
  }
}

async function settled(store: Store, hubs: readonly WritingHub[], { say }: RandomRunOptions): Promise<void> {
  let told = Date.now();
  const isSettled = async () => {
    for (const hub of hubs) hub.checkAlive();
    if (await isRelayed(store)) return true;
    if (Date.now() - told > 10_000) {
      told = Date.now();
      const [left] = await store.reader.all(
        `select count(*) from change_row r left join log_position p on p.reader = 'relay' and p."partition" = r."partition"
          where r."offset" is null or r."offset" >= coalesce(p."offset", 0)`,
      );
      say?.(`${left?.[0]} changes left to publish`);
    }
    return false;
  };
  await until('all that was committed to be published', isSettled, SETTLED_WITHIN_MS).catch(async (error) => {
    throw new Error(`${error.message}\n${await whatIsLeft(store, hubs)}`, { cause: error });
  });
  say?.('all is published');
}

async function whatIsLeft(store: Store, hubs: readonly WritingHub[]): Promise<string> {
  const behind = await store.reader.all(
    `select r."partition", count(*), min(r."offset"), p."offset" from change_row r
      left join log_position p on p.reader = 'relay' and p."partition" = r."partition"
      where r."offset" is null or r."offset" >= coalesce(p."offset", 0) group by r."partition", p."offset"`,
  );
  const again = await store.reader.all('select "partition", count(*) from state_again group by 1');
  const leases = await store.reader.all("select name, holder, epoch, expires_at from lease where name like 'relay:%'");
  const errors = hubs.map((hub) => `${hub.isRunning} ${hub.errors.slice(-8).join(' | ')}`);
  return [JSON.stringify({ now: store.clock(), behind, again, leases }), ...errors].join('\n');
}

function newHub(database: PostgresProxy, kafka: ProxiedKafka, writer: string, seed: number): WritingHub {
  return new WritingHub({
    ...{ place: { kind: 'postgresql', url: database.url }, brokers: kafka.proxied, prefix: PREFIX, writer, seed },
    ...{ records: 150, pageSize: 12, pageEveryMs: 120, leaseMs: LEASE_MS },
  });
}

class Trouble {
  readonly #options: RandomRunOptions;
  readonly #hubs: readonly WritingHub[];
  readonly #kafka: ProxiedKafka;
  readonly #database: PostgresProxy;
  readonly #random: Seeded;
  readonly #struck = new Map<string, number>();

  constructor(options: RandomRunOptions, hubs: readonly WritingHub[], kafka: ProxiedKafka, database: PostgresProxy) {
    this.#options = options;
    this.#hubs = hubs;
    this.#kafka = kafka;
    this.#database = database;
    this.#random = seeded(options.seed);
  }

  counts(): RandomRunResult['faults'] {
    const cut = (kind: 'before' | 'after') => this.#struck.get(`produce cut ${kind}`) ?? 0;
    return {
      ...(Object.fromEntries(FAULTS.map((fault) => [fault, this.#struck.get(fault) ?? 0])) as Record<Fault, number>),
      'produce cut before': cut('before'),
      'produce cut after': cut('after'),
      'commit cut': this.#database.faults,
    };
  }

  /** Hubs and brokers fall side by side; of each kind one at a time, so that something is always there to go on. */
  async run(): Promise<void> {
    const end = Date.now() + this.#options.seconds * 1000;
    await Promise.all([
      this.#again(end, 1500, 5000, () => this.#strikeHub()),
      this.#again(end, 3000, 9000, () => this.#strikeBroker()),
      this.#again(end, 2000, 6000, () => this.#cutLines()),
    ]);
  }

  async #again(end: number, least: number, most: number, strike: () => Promise<void>): Promise<void> {
    for (;;) {
      const pause = this.#random.between(least, most);
      if (Date.now() + pause > end) return;
      await wait(pause);
      await strike();
    }
  }

  async #strikeHub(): Promise<void> {
    for (const each of this.#hubs) each.checkAlive();
    const hub = this.#random.pick(this.#hubs);
    const kind = this.#random.below(5);
    if (kind < 3) {
      this.#count('hub kill -9');
      await hub.kill();
      await wait(this.#random.below(1500));
      return this.#start(hub);
    }
    if (kind === 3) {
      this.#count('hub paused anywhere');
      hub.pause();
    } else {
      // It may have nothing to send: the other one holds the partitions.
      const isPaused = await hub.pauseAtNextSend(1500).then(
        () => true,
        () => false,
      );
      if (isPaused) this.#count('hub paused before its write');
    }
    await wait(this.#random.between(LEASE_MS / 2, LEASE_MS * 3));
    hub.goOn();
  }

  /** As a service manager does: a hub whose store does not answer while it starts ends, and is started again. */
  async #start(hub: WritingHub): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await hub.start();
      } catch (error) {
        if (attempt === 5 || !String(error).includes('database of the store')) throw error;
        this.#count('hub ended at its start: no store');
        await hub.kill();
      }
    }
  }

  async #strikeBroker(): Promise<void> {
    const node: KafkaNode = this.#random.pick(this.#kafka.nodes);
    const isKill = this.#random.below(2) === 0;
    this.#count(isKill ? 'broker kill -9' : 'broker restart');
    await (isKill ? node.kill() : node.shutDown());
    await wait(this.#random.below(3000));
    await node.start();
  }

  async #cutLines(): Promise<void> {
    const kind = this.#random.pick(['before', 'after'] as const);
    const proxy = this.#random.pick(this.#kafka.proxies);
    switch (this.#random.below(4)) {
      case 0:
        this.#count('lines to a broker cut');
        return proxy.cut();
      case 1:
        return this.#database.fail(kind, 5, 3);
      default: {
        const before = proxy.faults;
        proxy.fail(kind, this.#random.between(2, 6), this.#random.between(1, 4));
        await wait(1000);
        this.#count(`produce cut ${kind}`, proxy.faults - before);
      }
    }
  }

  #count(what: string, times = 1): void {
    if (times > 0) this.#options.say?.(times === 1 ? what : `${what} ×${times}`);
    this.#struck.set(what, (this.#struck.get(what) ?? 0) + times);
  }
}
