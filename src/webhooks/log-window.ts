/** What an endpoint is to get next, read from the log a window at a time. Only places are held, never values. */
import { PARTITIONS } from '#events';
import { GoneError } from '#sdk';
import type { Store } from '#store';
import type { WebhookEndpoint } from './endpoint.ts';

export interface Place {
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
}

/** Places of one read. */
const READ = 200;
/** Rows looked through in one read, so that a reader of something rare does not hold up the store. */
const LOOK_AHEAD = 5000;

export class LogWindow {
  readonly #store: Store;
  readonly #wanted: Pick<WebhookEndpoint, 'entities' | 'ops'>;
  /** By partition: where it reads on. */
  readonly #next: number[];
  /** By partition: what was handed out and is not settled, in order. */
  readonly #open: readonly Set<number>[];
  #outstanding = 0;

  constructor(store: Store, wanted: Pick<WebhookEndpoint, 'entities' | 'ops'>, positions: ReadonlyMap<number, number>) {
    this.#store = store;
    this.#wanted = wanted;
    this.#next = Array.from({ length: PARTITIONS }, (_, partition) => positions.get(partition) ?? 0);
    this.#open = this.#next.map(() => new Set<number>());
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  /** By partition: everything before is settled. */
  positions(): readonly number[] {
    return this.#next.map((next, partition) => this.#open[partition]?.values().next().value ?? next);
  }

  /** Places of a partition before `end`, in order. Throws `GONE` when not all is kept any more. */
  async read(partition: number, end: number): Promise<readonly Place[]> {
    const from = this.#next[partition] ?? 0;
    if (from >= end) return [];
    const to = Math.min(end, from + LOOK_AHEAD);
    const found = await placesBetween(this.#store, this.#wanted, { partition, from, to, most: READ });
    await requireKept(this.#store, partition, from);
    const last = found.at(-1);
    this.#next[partition] = last && found.length === READ ? last.offset + 1 : to;
    for (const { offset } of found) this.#open[partition]?.add(offset);
    this.#outstanding += found.length;
    return found;
  }

  settle({ partition, offset }: Place): void {
    if (this.#open[partition]?.delete(offset)) this.#outstanding -= 1;
  }
}

interface Span {
  readonly partition: number;
  readonly from: number;
  /** Not included. */
  readonly to: number;
  readonly most: number;
  /** Of this key only. */
  readonly key?: string;
}

/** Places that an endpoint wants, as far as the row's own columns tell. */
export async function placesBetween(
  store: Store,
  { entities, ops }: Pick<WebhookEndpoint, 'entities' | 'ops'>,
  { partition, from, to, most, key }: Span,
): Promise<readonly Place[]> {
  const values = [partition, from, to, ...(key === undefined ? [] : [key]), ...entities, ...ops];
  const parameter = (position: number) => store.placeholder(position);
  const list = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => parameter(first + index)).join(', ');
  const first = key === undefined ? 4 : 5;
  const rows = await store.reader.all(
    `select "offset", canonical_id from change_row where "partition" = ${parameter(1)} and "offset" >= ${parameter(2)} and "offset" < ${parameter(3)}` +
      `${key === undefined ? '' : ` and canonical_id = ${parameter(4)}`} and entity in (${list(first, entities.length)}) and op in (${list(first + entities.length, ops.length)})` +
      ` order by "offset" limit ${most}`,
    values,
  );
  return rows.map(([offset, id]) => ({ key: String(id), partition, offset: Number(offset) }));
}

/** The oldest change that a partition still has. */
export async function oldestKept(
  store: Store,
  partition: number,
): Promise<{ readonly offset: number; readonly at: number } | undefined> {
  const [row] = await store.reader.all(
    `select "offset", at from change_row where "partition" = ${store.placeholder(1)} and "offset" is not null order by "offset" limit 1`,
    [partition],
  );
  return row && { offset: Number(row[0]), at: Number(row[1]) };
}

async function requireKept(store: Store, partition: number, from: number): Promise<void> {
  const oldest = await oldestKept(store, partition);
  if (oldest && oldest.offset <= from) return;
  const since = oldest ? `from before ${new Date(oldest.at).toISOString()} ` : '';
  throw new GoneError(
    `Changes ${since}are no longer kept, and not all of them had been sent. Resume to go on with the oldest that is kept, or replay from a later moment.`,
    { details: { partition } },
  );
}
