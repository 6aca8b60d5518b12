import type { SqlValue, Store } from '#store';
import type { Overclaim } from './observation.ts';

export async function observedKeys(
  store: Store,
  connection: string,
  stream: string,
  after: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const params: SqlValue[] = [connection, stream, after ?? '', limit];
  const [a, b, c, d] = params.map((_, index) => store.placeholder(index + 1));
  const rows = await store.reader.all(
    `select source_id from observed_record where connection = ${a} and stream = ${b} and source_id > ${c} and deleted = 0 order by source_id limit ${d}`,
    params,
  );
  return rows.map(([sourceId]) => String(sourceId));
}

export async function overclaims(store: Store, maxClaims: number): Promise<readonly Overclaim[]> {
  const rows = await store.reader.all(
    `select k.connection, k.stream, k.source_id, k.entity, c.claims
      from (select to_key, count(distinct from_key) as claims from claim group by to_key
        having count(distinct from_key) > ${store.placeholder(1)}) c
      join identity_key k on k.id = c.to_key order by k.connection, k.stream, k.source_id`,
    [maxClaims],
  );
  return rows.map(([connection, stream, sourceId, entity, claims]) => ({
    connection: String(connection),
    stream: String(stream),
    sourceId: String(sourceId),
    entity: String(entity),
    claims: Number(claims),
  }));
}
