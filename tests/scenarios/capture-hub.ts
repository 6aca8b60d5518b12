/** A store, golden records and capture over the test system, and what a test asks of them. */
import type { Pace } from '#capture';
import { streamStates } from '#store';
import { CaptureHub, captureInto } from '../support/capture-hub.ts';
import type { StorePlace } from '../systems/postgres/index.ts';
import { type Row, testConnector } from './capture-system.ts';

export type Settings = Partial<Parameters<typeof testConnector>[0]>;

/** So quick that a test need not wait, with sweeps only when asked for. */
const QUICK = { pollEvery: 0.03, sweepEvery: 3600 } as const;
const PACE: Partial<Pace> = { transientFirst: 20, transientLongest: 100, credential: 50, contract: 50 };

export class TestHub extends CaptureHub {
  static async start(url: string, settings: Settings, place: StorePlace, pace: Partial<Pace> = {}): Promise<TestHub> {
    const definition = testConnector({ url, user: 'hub', password: 'pa55word', ...QUICK, ...settings });
    return new TestHub(await captureInto(place, definition, { ...PACE, ...pace }));
  }

  status(stream: string) {
    return this.capture.status().connections[0]?.streams.find((each) => each.stream === stream);
  }

  /** Living observed records of a stream: key → name. */
  async observed(stream: string): Promise<ReadonlyMap<string, string>> {
    const named = (mapped: string) => /"name":"([^"]*)"/.exec(mapped)?.[1] ?? '';
    return new Map([...(await this.observedText(stream))].map(([key, mapped]) => [key, named(mapped)]));
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
