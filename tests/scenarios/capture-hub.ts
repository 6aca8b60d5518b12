/** A store, golden records and capture over the test system, and what a test asks of them. */
import { type Capture, type Pace, startCapture } from '#capture';
import { type Connections, openConnections } from '#connections';
import { openGolden } from '#golden';
import { loadCanonicalModel } from '#model';
import { openStore, type Store, type StreamState, streamStates } from '#store';
import type { StorePlace } from '../systems/postgres/index.ts';
import { type Row, testConnector } from './capture-system.ts';

export type Settings = Partial<Parameters<typeof testConnector>[0]>;

/** So quick that a test need not wait, with sweeps only when asked for. */
const QUICK = { pollEvery: 0.03, sweepEvery: 3600 } as const;
const PACE: Partial<Pace> = { transientFirst: 20, transientLongest: 100, credential: 50, contract: 50 };

export class TestHub {
  readonly place: StorePlace;
  readonly store: Store;
  readonly connections: Connections;
  readonly capture: Capture;
  readonly errors: readonly unknown[];

  private constructor(parts: Pick<TestHub, 'place' | 'store' | 'connections' | 'capture' | 'errors'>) {
    this.place = parts.place;
    this.store = parts.store;
    this.connections = parts.connections;
    this.capture = parts.capture;
    this.errors = parts.errors;
  }

  static async start(url: string, settings: Settings, place: StorePlace, pace: Partial<Pace> = {}): Promise<TestHub> {
    const store = await openStore(place, loadCanonicalModel(), { role: 'writer' });
    const definition = testConnector({ url, user: 'hub', password: 'pa55word', ...QUICK, ...settings });
    const connections = openConnections({ erp: definition }, { clock: () => store.clock() });
    const golden = await openGolden({
      store,
      connections: connections.all.map(({ name, manifest }) => ({ name, manifest })),
      normalizeKey: connections.normalizeKey,
    });
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const capture = await startCapture({ connections, store, golden, pace: { ...PACE, ...pace }, onError });
    return new TestHub({ place, store, connections, capture, errors });
  }

  async stop(): Promise<void> {
    await this.capture.stop();
    await this.connections.close();
    await this.store.close();
  }

  async state(stream: string): Promise<StreamState | undefined> {
    return await streamStates(this.store).load('erp', stream);
  }

  status(stream: string) {
    return this.capture.status().connections[0]?.streams.find((each) => each.stream === stream);
  }

  /** Living observed records of a stream: key → name. */
  async observed(stream: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.store.reader.all(
      `select source_id, mapped from observed_record where connection = 'erp' and stream = ${this.store.placeholder(1)} and deleted = 0 order by source_id`,
      [stream],
    );
    return new Map(rows.map(([key, mapped]) => [String(key), /"name":"([^"]*)"/.exec(String(mapped))?.[1] ?? '']));
  }

  /** Golden products: number → name. */
  async products(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.store.reader.all('select number, name from golden_product order by number');
    return new Map(rows.map(([number, name]) => [String(number), String(name)]));
  }

  async changeRows(): Promise<number> {
    return Number((await this.store.reader.all('select count(*) from change_row'))[0]?.[0]);
  }

  async setAside() {
    return await streamStates(this.store).setAside({ connection: 'erp', limit: 100 });
  }

  /** Until the first snapshot of these streams is over and a pass over the changes was drained after it. */
  async caughtUp(...streams: string[]): Promise<void> {
    for (const stream of streams) await until(async () => ((await this.state(stream))?.freshThrough ?? 0) > 0);
  }

  /** Until everything that the system showed before now has been read. */
  async drained(stream: string): Promise<void> {
    const now = this.store.clock() - 2_000;
    await until(async () => ((await this.state(stream))?.freshThrough ?? 0) > now);
  }

  async swept(stream: string): Promise<void> {
    const before = this.store.clock();
    this.capture.sweepNow('erp', stream);
    await until(async () => ((await this.state(stream))?.lastSweepAt ?? 0) >= before);
  }
}

export async function until(isTrue: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`${what} did not come true in 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function namesOf(rows: readonly Row[]): ReadonlyMap<string, string> {
  return new Map(rows.map((row) => [row.id.toLowerCase(), row.name]));
}
