import { hubColumns, type Row, type WriteTx } from '#store';
import { type ClaimEdge, cluster } from './clusters.ts';
import type { IdentityKey, IdentityKeys } from './identity-key.ts';

/** A key whose thing is now known by another canonical id. */
export interface MovedKey {
  readonly key: IdentityKey;
  readonly from: string;
  readonly to: string;
}

/**
 * Computes the clusters again around keys whose claims or minted ids have changed, and stores the ids that follow.
 * The claims themselves are already as they should be. Whoever calls this holds the merge lock.
 */
export async function relink(
  tx: WriteTx,
  keys: IdentityKeys,
  affected: ReadonlySet<number>,
  maxClaims: number,
): Promise<readonly MovedKey[]> {
  const reach = await neighbourhood(tx, keys, affected, maxClaims);
  const members = [...reach.ids].map((id) => keys.byId(id));
  const assigned = cluster(members, reach.edges, (target) => (reach.claims.get(target) ?? 0) > maxClaims);
  const moved: MovedKey[] = [];
  const rows: Row[] = [];
  for (const key of members) {
    const to = assigned.get(key.id) ?? key.mintedId;
    const from = key.canonicalId;
    rows.push([key.id, key.mintedId, to]);
    if (from === to) continue;
    key.canonicalId = to;
    moved.push({ key, from, to });
  }
  await tx.updateIn(
    'identity_key',
    hubColumns('identity_key', 'id'),
    hubColumns('identity_key', 'minted_id', 'canonical_id'),
    rows.sort((left, right) => Number(left[0]) - Number(right[0])),
  );
  return moved;
}

interface Neighbourhood {
  readonly ids: ReadonlySet<number>;
  readonly edges: readonly ClaimEdge[];
  /** How many keys claim a target. */
  readonly claims: ReadonlyMap<number, number>;
}

/**
 * Everything in the old and in the new clusters of the affected keys: what shares a canonical id, and what claims that
 * link lead to. A target with too many claimants leads nowhere, so a popular mistake does not pull in thousands.
 */
async function neighbourhood(
  tx: WriteTx,
  keys: IdentityKeys,
  affected: ReadonlySet<number>,
  maxClaims: number,
): Promise<Neighbourhood> {
  const ids = new Set<number>();
  const edges = new Map<string, ClaimEdge>();
  const claims = new Map<number, number>();
  let frontier = [...affected];
  while (frontier.length > 0) {
    for (const id of frontier) ids.add(id);
    await keys.readIds(frontier);
    const found = await edgesAround(tx, frontier, claims, maxClaims);
    const next = new Set<number>();
    for (const edge of found) {
      edges.set(`${edge.from} ${edge.to}`, edge);
      next.add(edge.from).add(edge.to);
    }
    const held = new Set(frontier.map((id) => keys.byId(id).canonicalId));
    await keys.readMembers([...held]);
    for (const key of keys.all()) if (held.has(key.canonicalId)) next.add(key.id);
    frontier = [...next].filter((id) => !ids.has(id));
  }
  return { ids, edges: [...edges.values()], claims };
}

/** Claims from and to these keys, without those on a target that has too many. */
async function edgesAround(
  tx: WriteTx,
  ids: readonly number[],
  claims: Map<number, number>,
  maxClaims: number,
): Promise<readonly ClaimEdge[]> {
  const byId = ids.map((id): Row => [id]);
  const outgoing = await tx.selectIn('claim', ['from_key', 'to_key'], hubColumns('claim', 'from_key'), byId);
  const targets = new Set([...ids, ...outgoing.map(([, to]) => Number(to))]);
  const uncounted = [...targets].filter((target) => !claims.has(target));
  const counts = await tx.countIn('claim', { name: 'to_key', type: 'bigint' }, 'from_key', uncounted);
  for (const target of uncounted) claims.set(target, counts.get(target) ?? 0);
  const linking = ids.filter((id) => (claims.get(id) ?? 0) <= maxClaims && (claims.get(id) ?? 0) > 0);
  const incoming = await tx.selectIn(
    'claim',
    ['from_key', 'to_key'],
    hubColumns('claim', 'to_key'),
    linking.map((id) => [id]),
  );
  return [...outgoing, ...incoming]
    .map(([from, to]): ClaimEdge => ({ from: Number(from), to: Number(to) }))
    .filter(({ to }) => (claims.get(to) ?? 0) <= maxClaims);
}
