/** Whether what the code prints now breaks a promise of what was released, and what to do about it, in words. */
import { type BrokenPromise, brokenPromises, type EventContract, isRetired } from '#events';
import { breakingGraphChanges, type GraphChange } from './graph-changes.ts';
import type { Release } from './releases.ts';

export interface PrintedNow {
  readonly contract: EventContract;
  readonly graph: string;
}

/** Undefined: nothing breaks. */
export async function checkSchemas(now: PrintedNow, releases: readonly Release[]): Promise<string | undefined> {
  const broken = releases.flatMap(({ version, contract }) =>
    brokenPromises(version, contract, now.contract, isRetired),
  );
  const last = releases.at(-1);
  const graph = last?.graph === undefined ? [] : await breakingGraphChanges(last.graph, now.graph);
  if (broken.length + graph.length === 0) return undefined;
  return [
    ...(broken.length > 0 ? [toldEvents(broken), EVENTS_WAY_OUT] : []),
    ...(graph.length > 0 ? [toldGraph(last?.version ?? '', graph), GRAPH_WAY_OUT] : []),
  ].join('\n\n');
}

function toldEvents(broken: readonly BrokenPromise[]): string {
  const byPlace = Map.groupBy(broken, ({ subject, place, problem, breaks }) =>
    JSON.stringify([subject, place, problem, breaks]),
  );
  const lines = [...byPlace.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const releases = same.map(({ release }) => release).join(', ');
    const whom =
      first.breaks === 'its consumers'
        ? `Consumers written for ${releases} cannot go on`
        : `New consumers cannot read the events of ${releases}`;
    return `  ${first.subject}: ${first.place}\n    ${whom}: ${first.problem}.`;
  });
  return `Events are no longer compatible with what was released:\n${lines.join('\n')}`;
}

function toldGraph(release: string, changes: readonly GraphChange[]): string {
  const lines = changes.map(({ place, problem }) => `  ${place}\n    ${problem}`);
  return `The graph breaks clients of ${release}:\n${lines.join('\n')}`;
}

const EVENTS_WAY_OUT = `What to do (docs/events.md, "Changing the model"):
  - Keep the old and add the new beside it: a field of its own, and @deprecated(reason: "…") on the old one, which
    mappings go on filling. Nothing breaks, and consumers move when they like.
  - Or tell a new version of the event beside the old one. In src/events/versions.ts:
      EVENT_VERSIONS = new Map([['Customer', { current: 2, earlier: [{ version: 1, record: (today) => … }] }]])
    where \`record\` gives a record of today as version 1 told it. The hub then publishes both: version 1 where it was,
    version 2 in {prefix}.changes.Customer.v2 and {prefix}.state.Customer.v2. Take version 1 out of \`earlier\` once
    nobody reads it.`;

const GRAPH_WAY_OUT = `What to do (docs/events.md, "Changing the model"):
  - Keep the field, with @deprecated(reason: "…"), and add the new one beside it. What was deprecated in a release may
    go after it.`;
