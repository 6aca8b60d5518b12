/**
 * Who is who: source keys, canonical ids, and the claims that join them. Promises that the surviving id is the oldest
 * of its cluster whatever came first, that an id is never given twice, and that a merge can be undone. Refuses to
 * guess: only claims link.
 */
export { canonicalIds } from './canonical-id.ts';
export { type CanonicalRow, CanonicalRows, type CanonicalState } from './canonical-rows.ts';
export { type ClaimEdge, cluster } from './clusters.ts';
export { type IdentityKey, IdentityKeys, type KeyName } from './identity-key.ts';
export { type MovedKey, relink } from './relink.ts';
