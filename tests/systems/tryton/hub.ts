import { tryton } from 'isthmus/connectors/tryton';
import { type Capture, type Pace, startCapture } from '#capture';
import { type Connections, openConnections } from '#connections';
import { openGolden } from '#golden';
import { loadCanonicalModel } from '#model';
import { openStore, type Store, type StreamState, streamStates } from '#store';
import type { StorePlace } from '../postgres/index.ts';
import type { TrytonServer } from './server.ts';

type Settings = Partial<Parameters<typeof tryton>[0]>;

/** As quick to come back as a test wants it. */
const PACE: Partial<Pace> = { transientFirst: 100, transientLongest: 1_000, credential: 1_000, contract: 1_000 };

/** A store, golden records and capture over one Tryton. */
export class TrytonHub {
  readonly store: Store;
  readonly connections: Connections;
  readonly capture: Capture;
  readonly errors: unknown[];

  private constructor(parts: Pick<TrytonHub, 'store' | 'connections' | 'capture' | 'errors'>) {
    this.store = parts.store;
    this.connections = parts.connections;
    this.capture = parts.capture;
    this.errors = parts.errors;
  }

  static async start(server: TrytonServer, place: StorePlace, settings: Settings = {}): Promise<TrytonHub> {
    const { url, database, user, password } = server;
    const definition = tryton({ url, database, user, password, sweepEvery: 3600, ...settings });
    const store = await openStore(place, loadCanonicalModel(), { role: 'writer' });
    const connections = openConnections({ erp: definition }, { clock: () => store.clock() });
    const golden = await openGolden({
      store,
      connections: connections.all.map(({ name, manifest }) => ({ name, manifest })),
      normalizeKey: connections.normalizeKey,
    });
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const capture = await startCapture({ connections, store, golden, pace: PACE, onError });
    return new TrytonHub({ store, connections, capture, errors });
  }

  async stop(): Promise<void> {
    await this.capture.stop();
    await this.connections.close();
    await this.store.close();
  }

  get requests(): number {
    return this.connections.get('erp').status().requests;
  }

  async state(stream: string): Promise<StreamState | undefined> {
    return await streamStates(this.store).load('erp', stream);
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
    const rows = await this.store.reader.all(
      `select source_id from observed_record where connection = 'erp' and stream = ${this.store.placeholder(1)} and deleted = 0`,
      [stream],
    );
    return new Set(rows.map(([key]) => String(key)));
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
