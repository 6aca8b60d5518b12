/** What was released of events and graph, kept under `schema/published/history`: what consumers out there rely on. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventContract, JsonSchema } from '#events';

export interface Release {
  /** The version of the package. */
  readonly version: string;
  readonly contract: EventContract;
  /** Of the last release only: clients of a graph ask anew each time. */
  readonly graph?: string;
}

/** As kept: events that are the same as in the release before are left out, those that are gone are null. */
interface KeptContract extends Omit<EventContract, 'events'> {
  readonly events: Readonly<Record<string, JsonSchema | null>>;
}

const EVENTS = 'events.json';
const GRAPH = 'graph.graphql';

/** From the first to the last. */
export function readReleases(folder: string): readonly Release[] {
  const versions = existsSync(folder) ? readdirSync(folder).toSorted(byVersion) : [];
  let events: EventContract['events'] = {};
  return versions.map((version) => {
    const kept: KeptContract = JSON.parse(readFileSync(join(folder, version, EVENTS), 'utf8'));
    events = withoutGone({ ...events, ...kept.events });
    const graph = join(folder, version, GRAPH);
    return {
      version,
      contract: { ...kept, events },
      ...(existsSync(graph) && { graph: readFileSync(graph, 'utf8') }),
    };
  });
}

/** Keeps a release beside those before it, as little of it as tells it. A version is released once. */
export function keepRelease(folder: string, { version, contract, graph = '' }: Release): void {
  const before = readReleases(folder);
  if (before.some((release) => release.version === version)) {
    throw new Error(`${version} was released already: raise the version in package.json.`);
  }
  const last = before.at(-1)?.contract.events ?? {};
  const changed = Object.entries(contract.events).filter(([type, schema]) => !isSame(schema, last[type]));
  const gone = Object.keys(last).filter((type) => !(type in contract.events));
  const events = Object.fromEntries([...changed, ...gone.map((type) => [type, null] as const)]);
  mkdirSync(join(folder, version), { recursive: true });
  writeFileSync(join(folder, version, EVENTS), printed({ ...contract, events }));
  writeFileSync(join(folder, version, GRAPH), graph);
  for (const release of before) rmSync(join(folder, release.version, GRAPH), { force: true });
}

/** The schema with which a type was last released. */
export function lastReleased(releases: readonly Release[], type: string): JsonSchema | undefined {
  return releases.findLast(({ contract }) => type in contract.events)?.contract.events[type];
}

/** A line for each event, so that people see in a comparison which are new. */
function printed({ topics, headers, events }: KeptContract): string {
  const lines = (entries: object) =>
    Object.entries(entries).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return [
    `{"topics":{\n${lines(topics).join(',\n')}\n},`,
    `"headers":${JSON.stringify(headers)},`,
    `"events":{\n${lines(events).join(',\n')}\n}}\n`,
  ].join('\n');
}

function withoutGone(events: KeptContract['events']): EventContract['events'] {
  const left = Object.entries(events).filter((entry): entry is [string, JsonSchema] => entry[1] !== null);
  return Object.fromEntries(left);
}

const isSame = (left: JsonSchema, right: JsonSchema | undefined) => JSON.stringify(left) === JSON.stringify(right);

function byVersion(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}
