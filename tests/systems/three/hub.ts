import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadCanonicalModel } from '#model';
import { openStore } from '#store';
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

const LOOK_EVERY_MS = 50;

/** A hub process over the systems, on one store; it can be stopped and started again on the same. */
export class HubOverSystems {
  readonly #options: HubOptions;
  #hub: HubProcess | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { place, env, pushes, config = 'three.config.ts' } = this.#options;
    this.#hub = await startHubProcess({
      config: join(ROOT, 'tests/systems/three', config),
      data: place.kind === 'sqlite' ? place.folder : '/nonexistent',
      env: { ...env, ...(place.kind === 'postgresql' && { STORE_URL: place.url }) },
    });
    if (pushes) pushes.target = this.#hub.url;
    await this.#hub.ready();
  }

  async stop(): Promise<void> {
    if (this.#options.pushes) this.#options.pushes.target = undefined;
    await this.#hub?.stop();
    this.#hub = undefined;
  }

  get process(): HubProcess {
    if (this.#hub === undefined) throw new Error('The hub is not running.');
    return this.#hub;
  }

  /** What the graph shows of a record now; undefined where it has none. */
  async look({ entity, connection, stream, key }: Place, fields: string): Promise<Data> {
    const source = `connection: "${connection}", stream: "${stream}", sourceId: "${key}"`;
    return (await this.process.ask(`{ record: ${entity}BySource(${source}) { ${fields} } }`)).record ?? undefined;
  }

  /** Milliseconds until `shown` holds of what the graph shows. */
  async shows(place: Place, fields: string, shown: (record: Data) => boolean, withinMs = 60_000): Promise<number> {
    const from = performance.now();
    for (;;) {
      const record = await this.look(place, fields);
      const took = performance.now() - from;
      if (shown(record)) return took;
      if (took > withinMs) {
        throw new Error(`${place.connection} ${place.key}: not shown within ${withinMs} ms: ${JSON.stringify(record)}`);
      }
      await wait(LOOK_EVERY_MS);
    }
  }

  /** The change log after the row `id`. */
  async changesAfter(id: number): Promise<readonly ChangeRow[]> {
    const store = await openStore(this.#options.place, loadCanonicalModel(), { role: 'reader' });
    try {
      const rows = await store.reader.all(
        `select id, entity, canonical_id, op, origin, changed from change_row where id > ${store.placeholder(1)} order by id`,
        [id],
      );
      return rows.map(([row, entity, canonicalId, op, origin, changed]) => ({
        ...{ id: Number(row), entity: String(entity), canonicalId: String(canonicalId) },
        ...{ op: String(op), origin: String(origin), changed: JSON.parse(String(changed)) as string[] },
      }));
    } finally {
      await store.close();
    }
  }

  async lastChange(): Promise<number> {
    return (await this.changesAfter(0)).at(-1)?.id ?? 0;
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
