/** The last attempts of each endpoint, for whoever looks why something did not arrive. */
import { hubColumns, type Store, type WriteTx } from '#store';

export type DeliveryOutcome = 'taken' | 'retrying' | 'given-up' | 'stopped';

export interface Delivery {
  readonly eventId: string;
  readonly entity: string | null;
  readonly canonicalId: string;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
  readonly at: number;
  readonly latencyMs: number | null;
  readonly status: number | null;
  /** `stopped`: the endpoint was paused or disabled by this answer; it is sent again when it is resumed. */
  readonly outcome: DeliveryOutcome;
  readonly error: string | null;
  readonly nextAt: number | null;
}

/** Kept of each endpoint. */
export const KEPT_DELIVERIES = 200;

export async function saveDeliveries(
  store: Store,
  tx: WriteTx,
  endpoint: string,
  deliveries: readonly Delivery[],
): Promise<void> {
  if (deliveries.length === 0) return;
  const rows = deliveries
    .slice(-KEPT_DELIVERIES)
    .map((each) => [
      endpoint,
      each.eventId,
      each.entity,
      each.canonicalId,
      each.partition,
      each.offset,
      each.attempt,
      each.at,
      each.latencyMs,
      each.status,
      each.outcome,
      each.error,
      each.nextAt,
    ]);
  await tx.insert('webhook_delivery', hubColumns('webhook_delivery'), rows);
  await tx.run(
    `delete from webhook_delivery where endpoint = ${store.placeholder(1)} and id <= (select id from webhook_delivery where endpoint = ${store.placeholder(2)} order by id desc limit 1 offset ${KEPT_DELIVERIES})`,
    [endpoint, endpoint],
  );
}

/** Newest first. */
export async function listDeliveries(
  store: Store,
  endpoint: string,
  { first, failedOnly }: { readonly first: number; readonly failedOnly: boolean },
): Promise<readonly Delivery[]> {
  const rows = await store.reader.all(
    `select event_id, entity, canonical_id, "partition", "offset", attempt, at, latency_ms, status, outcome, error, next_at from webhook_delivery where endpoint = ${store.placeholder(1)}${failedOnly ? " and outcome <> 'taken'" : ''} order by id desc limit ${store.placeholder(2)}`,
    [endpoint, Math.min(Math.max(Math.trunc(first), 0), KEPT_DELIVERIES)],
  );
  const number = (value: unknown) => (value == null ? null : Number(value));
  return rows.map((row) => ({
    eventId: String(row[0]),
    entity: row[1] == null ? null : String(row[1]),
    canonicalId: String(row[2]),
    partition: Number(row[3]),
    offset: Number(row[4]),
    attempt: Number(row[5]),
    at: Number(row[6]),
    latencyMs: number(row[7]),
    status: number(row[8]),
    outcome: String(row[9]) as DeliveryOutcome,
    error: row[10] == null ? null : String(row[10]),
    nextAt: number(row[11]),
  }));
}
