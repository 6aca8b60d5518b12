/** Keys whose next event was not taken yet: one row for each, so that a restart goes on with exactly these. */
import { hubColumns, type Store, type WriteTx } from '#store';

export interface Retry {
  readonly key: string;
  readonly partition: number;
  /** The event that waits. */
  readonly offset: number;
  /** All of the key's events up to here wait behind it. */
  readonly through: number;
  /** Failed attempts of this event. */
  readonly attempts: number;
  readonly failedAt: number | null;
  readonly nextAt: number;
  readonly error: string | null;
}

export async function loadRetries(store: Store, endpoint: string): Promise<readonly Retry[]> {
  const rows = await store.reader.all(
    `select canonical_id, "partition", "offset", through, attempts, failed_at, next_at, error from webhook_retry where endpoint = ${store.placeholder(1)}`,
    [endpoint],
  );
  return rows.map((row) => ({
    key: String(row[0]),
    partition: Number(row[1]),
    offset: Number(row[2]),
    through: Number(row[3]),
    attempts: Number(row[4]),
    failedAt: row[5] == null ? null : Number(row[5]),
    nextAt: Number(row[6]),
    error: row[7] == null ? null : String(row[7]),
  }));
}

/** Undefined stands for a key that waits no longer. */
export async function saveRetries(
  tx: WriteTx,
  endpoint: string,
  changed: ReadonlyMap<string, Retry | undefined>,
): Promise<void> {
  const waiting = [...changed.values()].filter((retry) => retry !== undefined);
  const over = [...changed].filter(([, retry]) => retry === undefined).map(([key]) => [endpoint, key]);
  await tx.upsert(
    'webhook_retry',
    hubColumns('webhook_retry'),
    waiting.map((retry) => [
      endpoint,
      retry.key,
      retry.partition,
      retry.offset,
      retry.through,
      retry.attempts,
      retry.failedAt,
      retry.nextAt,
      retry.error,
    ]),
    ['endpoint', 'canonical_id'],
  );
  await tx.deleteIn('webhook_retry', hubColumns('webhook_retry', 'endpoint', 'canonical_id'), over);
}
