import { type IdentityKeys, type KeyName, keyText } from '#identity';
import { unreadReferences } from './aggregate.ts';
import type { EntityRow } from './golden-row.ts';
import { partName } from './prepare.ts';
import type { Contribution, PartUnit } from './survive.ts';

/** Adds the names of a document's lines, and of what they refer to, that were not read yet. */
export function mentionLines(
  row: EntityRow,
  part: PartUnit,
  owner: Contribution,
  keys: IdentityKeys,
  into: Map<string, KeyName>,
): void {
  for (const item of owner.parts?.[part.entity]?.items ?? []) {
    const name = partName(owner.connection, owner.stream, owner.key ?? owner.sourceId, part.entity, item.key);
    const text = keyText(name);
    if (!keys.find(text)) into.set(text, name);
    for (const [reference, target] of unreadReferences(row, item.values, keys)) into.set(reference, target);
  }
}
