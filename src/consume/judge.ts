import type { EventPlace } from './event.ts';

/** `known` and `retired` are dropped; `taken` may have missed some before it. */
export type Judgement =
  | { readonly verdict: 'known' | 'retired' }
  | { readonly verdict: 'taken'; readonly gapAfter?: number; readonly incarnations: readonly string[] };

/**
 * Whether an event is newer than what took effect of its key. An incarnation not met before becomes the one that counts,
 * and its sequences are compared with each other only; those of the ones before come too late.
 */
export function judge(
  { incarnation, sequence }: EventPlace,
  last: EventPlace | undefined,
  incarnations: readonly string[],
): Judgement {
  const isNew = !incarnations.includes(incarnation);
  if (!isNew && incarnations.at(-1) !== incarnation) return { verdict: 'retired' };
  const next = isNew ? [...incarnations, incarnation] : incarnations;
  if (last?.incarnation !== incarnation) return { verdict: 'taken', incarnations: next };
  if (sequence <= last.sequence) return { verdict: 'known' };
  const hasGap = sequence > last.sequence + 1;
  return { verdict: 'taken', incarnations: next, ...(hasGap && { gapAfter: last.sequence }) };
}
