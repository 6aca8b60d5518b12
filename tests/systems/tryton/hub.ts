import { tryton } from 'isthmus/connectors/tryton';
import type { Pace } from '#capture';
import { CaptureHub, captureInto } from '../../support/capture-hub.ts';
import type { StorePlace } from '../postgres/index.ts';
import type { TrytonServer } from './server.ts';

type Settings = Partial<Parameters<typeof tryton>[0]>;

/** As quick to come back as a test wants it. */
const PACE: Partial<Pace> = { transientFirst: 100, transientLongest: 1_000, credential: 1_000, contract: 1_000 };

/** A store, golden records and capture over one Tryton. */
export class TrytonHub extends CaptureHub {
  static async start(server: TrytonServer, place: StorePlace, settings: Settings = {}): Promise<TrytonHub> {
    const { url, database, user, password } = server;
    const definition = tryton({ url, database, user, password, sweepEvery: 3600, ...settings });
    return new TrytonHub(await captureInto(place, definition, PACE));
  }

  get requests(): number {
    return this.connections.get('erp').status().requests;
  }

  async count(stream: string): Promise<number> {
    const rows = await this.store.reader.all(
      `select count(*) from observed_record where connection = 'erp' and stream = ${this.store.placeholder(1)} and deleted = 0`,
      [stream],
    );
    return Number(rows[0]?.[0]);
  }

  /** Keys of the records that are there. */
  async keys(stream: string): Promise<ReadonlySet<string>> {
    return new Set((await this.observedText(stream)).keys());
  }

  /** What was mapped out of one record, as text; undefined where it is not there. */
  async mapped(stream: string, key: number): Promise<string | undefined> {
    const [first, second] = [this.store.placeholder(1), this.store.placeholder(2)];
    const rows = await this.store.reader.all(
      `select mapped from observed_record where connection = 'erp' and stream = ${first} and source_id = ${second} and deleted = 0`,
      [stream, String(key)],
    );
    return rows[0] === undefined ? undefined : String(rows[0][0]);
  }

  /** Golden customers by name. */
  async customers(): Promise<ReadonlySet<string>> {
    return new Set((await this.store.reader.all('select name from golden_customer')).map(([name]) => String(name)));
  }
}
