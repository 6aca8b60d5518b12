import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadCanonicalModel } from '#model';
import { openStore, type Store, type StreamState, streamStates } from '#store';
import { ROOT } from '../../support/build.ts';
import { type Data, type HubProcess, startHubProcess } from '../../support/hub-process.ts';
import type { Passage } from '../bottlecrm/passage.ts';
import type { StorePlace } from '../postgres/index.ts';

export interface ChangeRow {
  readonly id: number;
  readonly entity: string;
  readonly canonicalId: string;
  readonly op: string;
  /** Names of the fields that differ. */
  readonly changed: readonly string[];
  /** The connection that brought it. */
  readonly origin: string;
}

/** A record of a system, and where the graph has it. */
export interface Place {
  readonly entity: 'customer' | 'document' | 'ticket' | 'opportunity';
  readonly connection: string;
  readonly stream: string;
  readonly key: string;
}

export interface HubOptions {
  readonly place: StorePlace;
  /** In this folder; `three.config.ts` when absent. */
  readonly config?: string;
  /** What the config expects. */
  readonly env: Readonly<Record<string, string>>;
  /** To be led to the hub while it runs. */
  readonly pushes?: Passage;
}

const LOOK_EVERY_MS = 100;

/** Somebody who waits for what the graph will show of a record. */
interface Waiting {
  readonly place: Place;
  readonly fields: string;
  readonly shown: (record: Data) => boolean;
  readonly from: number;
  readonly until: number;
  /** Where only a sweep can show it: the first of its streams that began after this must have. */
  readonly swept?: { readonly streams: readonly string[]; readonly after: number };
  readonly resolve: (took: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A hub process over the systems, on one store; it can be stopped and started again on the same. */
export class HubOverSystems {
  readonly #options: HubOptions;
  #env: HubOptions['env'];
  #hub: HubProcess | undefined;
  #store: Promise<Store> | undefined;
  readonly #waiting = new Set<Waiting>();
  #isLooking = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#env = options.env;
  }

  /** What is given of the environment stays for later starts. */
  async start(env: HubOptions['env'] = {}): Promise<void> {
    const { place, pushes, config = 'three.config.ts' } = this.#options;
    this.#env = { ...this.#env, ...env };
    this.#hub = await startHubProcess({
      config: join(ROOT, 'tests/systems/three', config),
      data: place.kind === 'sqlite' ? place.folder : '/nonexistent',
      env: { ...this.#env, ...(place.kind === 'postgresql' && { STORE_URL: place.url }) },
    });
    if (pushes) pushes.target = this.#hub.url;
    await this.#hub.ready();
  }

  async stop(): Promise<void> {
    if (this.#options.pushes) this.#options.pushes.target = undefined;
    const store = await this.#store;
    this.#store = undefined;
    await store?.close();
    await this.#hub?.stop();
    this.#hub = undefined;
  }

  get process(): HubProcess {
    if (this.#hub === undefined) throw new Error('The hub is not running.');
    return this.#hub;
  }

  /** What the graph shows of a record now; undefined where it has none. */
  async look(place: Place, fields: string): Promise<Data> {
    return (await this.#lookAt([{ place, fields }]))[0];
  }

  /** Milliseconds until `shown` holds of what the graph shows. */
  shows(place: Place, fields: string, shown: Waiting['shown'], withinMs = 60_000): Promise<number> {
    return this.#wait({ place, fields, shown }, withinMs);
  }

  /**
   * The same where sweeps alone tell: the first sweep of each of these streams that begins from now on must have shown
   * it when it ends, however long it takes.
   */
  async showsWithOneSweep(
    streams: readonly string[],
    place: Place,
    fields: string,
    shown: Waiting['shown'],
    withinMs: number,
  ): Promise<number> {
    const after = (await this.#openStore()).clock();
    return await this.#wait({ place, fields, shown, swept: { streams, after } }, withinMs);
  }

  #wait(what: Pick<Waiting, 'place' | 'fields' | 'shown' | 'swept'>, withinMs: number): Promise<number> {
    const from = performance.now();
    const shown = new Promise<number>((resolve, reject) => {
      this.#waiting.add({ ...what, from, until: from + withinMs, resolve, reject });
    });
    if (!this.#isLooking) void this.#lookForAll();
    return shown;
  }

  /** One query for all who wait: many that ask by themselves would take from the systems what they need to answer. */
  async #lookForAll(): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      const round = [...this.#waiting];
      try {
        const isSwept = await this.#sweeps(round);
        const records = await this.#lookAt(round);
        for (const [at, each] of round.entries()) this.#tell(each, records[at], isSwept(each));
      } catch (error) {
        for (const each of round) each.reject(error);
        for (const each of round) this.#waiting.delete(each);
      }
      await wait(LOOK_EVERY_MS);
    }
    this.#isLooking = false;
  }

  #tell(each: Waiting, record: Data, isSwept: boolean): void {
    const { place, shown, from, until, resolve, reject } = each;
    const now = performance.now();
    if (shown(record)) resolve(now - from);
    else if (isSwept || now > until) {
      const when = isSwept ? 'by the sweep that began after it' : `within ${until - from} ms`;
      reject(new Error(`${place.connection} ${place.key}: not shown ${when}: ${JSON.stringify(record)}`));
    } else return;
    this.#waiting.delete(each);
  }

  async #sweeps(round: readonly Waiting[]): Promise<(each: Waiting) => boolean> {
    if (!round.some(({ swept }) => swept)) return () => false;
    const states = await this.states();
    return ({ place, swept }) =>
      swept?.streams.every((stream) => (states.get(`${place.connection}.${stream}`)?.lastSweepAt ?? 0) > swept.after) ??
      false;
  }

  async #lookAt(what: readonly Pick<Waiting, 'place' | 'fields'>[]): Promise<readonly Data[]> {
    const parts = what.map(({ place: { entity, connection, stream, key }, fields }, at) => {
      const source = `connection: "${connection}", stream: "${stream}", sourceId: "${key}"`;
      return `r${at}: ${entity}BySource(${source}) { ${fields} }`;
    });
    const found = await this.process.ask(`{ ${parts.join(' ')} }`);
    return what.map((_, at) => found[`r${at}`] ?? undefined);
  }

  #openStore(): Promise<Store> {
    this.#store ??= openStore(this.#options.place, loadCanonicalModel(), { role: 'reader' });
    return this.#store;
  }

  /** How far each stream has been read, by connection and stream. */
  async states(): Promise<ReadonlyMap<string, StreamState>> {
    const all = await streamStates(await this.#openStore()).list();
    return new Map(all.map((state) => [`${state.connection}.${state.stream}`, state]));
  }

  /** The change log after the row `id`. */
  async changesAfter(id: number): Promise<readonly ChangeRow[]> {
    const store = await this.#openStore();
    const rows = await store.reader.all(
      `select id, entity, canonical_id, op, origin, changed from change_row where id > ${store.placeholder(1)} order by id`,
      [id],
    );
    return rows.map(([row, entity, canonicalId, op, origin, changed]) => ({
      ...{ id: Number(row), entity: String(entity), canonicalId: String(canonicalId) },
      ...{ op: String(op), origin: String(origin), changed: JSON.parse(String(changed)) as string[] },
    }));
  }

  async lastChange(): Promise<number> {
    const [row] = await (await this.#openStore()).reader.all('select max(id) from change_row', []);
    return Number(row?.[0] ?? 0);
  }

  /** By connection and stream. */
  async streams(): Promise<ReadonlyMap<string, Data>> {
    const fields = 'name phase records freshThrough errorCode errorMessage heldDeletions';
    const { hubConnections } = await this.process.ask(`{ hubConnections { name streams { ${fields} } } }`);
    return new Map(
      hubConnections.flatMap(({ name, streams }: Data) => streams.map((s: Data) => [`${name}.${s.name}`, s])),
    );
  }
}
