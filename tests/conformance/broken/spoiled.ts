import type { Connected, ConnectionDefinition, Http, Page, SourceRecord, StreamAbilities, StreamMapping } from '#sdk';
import type { ConformanceSystem } from '#sdk/testing/conformance';

/** As far as the manifest declares them. */
export type Abilities = StreamMapping & StreamAbilities;
type Settings = Readonly<Record<string, string>>;

/** A promise that a connector breaks, and how it is found out. */
export interface Defect {
  /** What the connector does, such as `pages by offset`. */
  readonly does: string;
  /** Another for each connection. */
  readonly spoil: (sound: Connected, settings: Settings) => Connected;
  /** The cases that must fail, and what they must say. */
  readonly caught: Readonly<Record<string, RegExp>>;
}

/** A defect of one stream: what it does in another way than the sound connector. */
export function inStream(stream: string, other: (sound: Abilities, settings: Settings) => Partial<Abilities>) {
  return (sound: Connected, settings: Settings): Connected => {
    const abilities = sound.streams[stream] as Abilities;
    return { ...sound, streams: { ...sound.streams, [stream]: { ...abilities, ...other(abilities, settings) } } };
  };
}

/** The system under a connector that has the defect. */
export function systemWith(system: ConformanceSystem, spoil: Defect['spoil']): ConformanceSystem {
  return { ...system, connection: (url, settings) => spoiled(system.connection(url, settings), spoil) };
}

export function spoiled(definition: ConnectionDefinition, spoil: Defect['spoil']): ConnectionDefinition {
  const { connector, settings } = definition;
  const connect = (config: never) => spoil(connector.connect(config), settings as Settings);
  return { ...definition, connector: { ...connector, connect } };
}

const READS = ['snapshot', 'changes', 'lookup', 'listIds'] as const;
type Read = (request: never, http: Http) => Promise<unknown>;

/** Every way of reading, done in another way. */
export function allReads(sound: Abilities, other: (read: Read, name: (typeof READS)[number]) => Read) {
  return Object.fromEntries(READS.map((name) => [name, other(sound[name] as Read, name)])) as Partial<Abilities>;
}

export async function everyPage(read: (page: string | undefined) => Promise<Page>): Promise<readonly SourceRecord[]> {
  const records: SourceRecord[] = [];
  for (let page: string | undefined; ; ) {
    const answer = await read(page);
    records.push(...answer.records);
    if (answer.next === undefined) return records;
    page = answer.next;
  }
}

export const at = (page: string | undefined) => (page === undefined ? {} : { page });
