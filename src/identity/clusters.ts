/** A claim: the record of `from` says that `to` names the same thing. */
export interface ClaimEdge {
  readonly from: number;
  readonly to: number;
}

export interface ClusterKey {
  readonly id: number;
  readonly mintedId: string;
}

/**
 * Which canonical id each key has: that of the oldest minted in its connected component. Claims on a target that has
 * more than `maxClaims` claimants link nothing. Pure; the order given does not matter.
 */
export function cluster(
  keys: readonly ClusterKey[],
  edges: readonly ClaimEdge[],
  isOverclaimed: (target: number) => boolean,
): ReadonlyMap<number, string> {
  const parents = new Map(keys.map(({ id }) => [id, id]));
  const root = (id: number): number => {
    let at = id;
    for (;;) {
      const parent = parents.get(at) ?? at;
      if (parent === at) return at;
      const above = parents.get(parent) ?? parent;
      parents.set(at, above);
      at = above;
    }
  };
  for (const { from, to } of edges) {
    if (!isOverclaimed(to) && parents.has(from) && parents.has(to)) parents.set(root(from), root(to));
  }
  const oldest = new Map<number, string>();
  for (const { id, mintedId } of keys) {
    const top = root(id);
    const known = oldest.get(top);
    if (known === undefined || mintedId < known) oldest.set(top, mintedId);
  }
  return new Map(keys.map(({ id }) => [id, oldest.get(root(id)) ?? '']));
}
