/** Values of one change beyond this are not kept with it: brokers refuse messages of a megabyte. */
export const MAX_VALUES_BYTES = 900_000;

/** Stands in a change row for values that are too large. No field can have this name. */
const REFERENCE = '@reference';

/** Before and after as text for a change row; too large ones leave the id only. */
export function valuesText(
  id: string,
  before: Readonly<Record<string, unknown>> | null,
  after: Readonly<Record<string, unknown>> | null,
): readonly [before: string | null, after: string | null] {
  const texts = [before && JSON.stringify(before), after && JSON.stringify(after)] as const;
  const length = (texts[0]?.length ?? 0) + (texts[1]?.length ?? 0);
  // A character takes at most three bytes, so most rows need no second look.
  if (length * 3 <= MAX_VALUES_BYTES) return texts;
  const bytes = Buffer.byteLength(texts[0] ?? '') + Buffer.byteLength(texts[1] ?? '');
  if (bytes <= MAX_VALUES_BYTES) return texts;
  const reference = JSON.stringify({ [REFERENCE]: bytes, id });
  return [before && reference, after && reference];
}

export function isReference(values: Readonly<Record<string, unknown>> | null): boolean {
  return values !== null && REFERENCE in values;
}
