import { type Capture, type Pace, startCapture } from '#capture';
import { type Connections, openConnections } from '#connections';
import { openGolden } from '#golden';
import { loadCanonicalModel } from '#model';
import { openStore, type Store, type StreamState, streamStates } from '#store';
import type { StorePlace } from '../systems/postgres/index.ts';

export interface CaptureParts {
  readonly place: StorePlace;
  readonly store: Store;
  readonly connections: Connections;
  readonly capture: Capture;
  /** What capture could not understand. */
  readonly errors: readonly unknown[];
}

/** Opens a store and begins to read one system into it, as the connection `erp`. */
export async function captureInto(
  place: StorePlace,
  definition: Parameters<typeof openConnections>[0][string],
  pace: Partial<Pace>,
): Promise<CaptureParts> {
  const store = await openStore(place, loadCanonicalModel(), { role: 'writer' });
  const connections = openConnections({ erp: definition }, { clock: () => store.clock() });
  const golden = await openGolden({
    store,
    connections: connections.all.map(({ name, manifest }) => ({ name, manifest })),
    normalizeKey: connections.normalizeKey,
  });
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const capture = await startCapture({ connections, store, golden, pace, onError });
  return { place, store, connections, capture, errors };
}

/** A store, golden records and capture over one system, the connection `erp`. */
export class CaptureHub {
  readonly place: StorePlace;
  readonly store: Store;
  readonly connections: Connections;
  readonly capture: Capture;
  readonly errors: readonly unknown[];

  constructor({ place, store, connections, capture, errors }: CaptureParts) {
    this.place = place;
    this.store = store;
    this.connections = connections;
    this.capture = capture;
    this.errors = errors;
  }

  async stop(): Promise<void> {
    await this.capture.stop();
    await this.connections.close();
    await this.store.close();
  }

  async state(stream: string): Promise<StreamState | undefined> {
    return await streamStates(this.store).load('erp', stream);
  }

  /** Living observed records of a stream: key → what was mapped out of it, as text. */
  async observedText(stream: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.store.reader.all(
      `select source_id, mapped from observed_record where connection = 'erp' and stream = ${this.store.placeholder(1)} and deleted = 0 order by source_id`,
      [stream],
    );
    return new Map(rows.map(([key, mapped]) => [String(key), String(mapped)]));
  }
}
