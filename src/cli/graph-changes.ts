/** What of a change to the graph breaks clients that were written for the last release. */
import { CriticalityLevel, DiffRule, diff } from '@graphql-inspector/core';
import { buildSchema, parse, print, stripIgnoredCharacters, visit } from 'graphql';

export interface GraphChange {
  /** Such as `Customer.name`. */
  readonly place: string;
  readonly problem: string;
}

/** What was deprecated in the release may go. */
export async function breakingGraphChanges(released: string, now: string): Promise<readonly GraphChange[]> {
  const changes = await diff(buildSchema(released), buildSchema(now), [DiffRule.suppressRemovalOfDeprecatedField]);
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ path, message }) => ({ place: path ?? '(the graph)', problem: message }));
}

/** A graph without the words for people, as it is kept. */
export function bareGraph(sdl: string): string {
  const bare = visit(parse(sdl, { noLocation: true }), {
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
  });
  return `${stripIgnoredCharacters(print(bare))}\n`;
}
