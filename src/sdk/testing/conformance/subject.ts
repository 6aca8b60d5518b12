import { type Connection, type Connections, openConnections } from '#connections';
import type { Http, Page, SourceRecord, StreamAbilities } from '#sdk';
import { type Intermediary, standBetween } from '#sdk/testing';
import type { ConformanceSettings, ConformanceSystem, StreamHands } from './system.ts';

export interface ChangesPage extends Page {
  readonly token?: string;
}

const SMALL_PAGE = 20;

/** A case found nothing to prove its promise on: neither right nor wrong. */
export class NotProven extends Error {}

/** One connector over one system, with what every case needs. */
export class Subject {
  readonly system: ConformanceSystem;
  readonly between: Intermediary;
  readonly #opened: Connections[] = [];

  private constructor(system: ConformanceSystem, between: Intermediary) {
    this.system = system;
    this.between = between;
  }

  static async over(system: ConformanceSystem): Promise<Subject> {
    return new Subject(system, await standBetween(system.url));
  }

  /** A connection with a session and a budget of its own, as after a restart. */
  open(settings: ConformanceSettings = {}, url = this.between.url): Connection {
    const connections = openConnections({ subject: this.system.connection(url, settings) });
    this.#opened.push(connections);
    return connections.get('subject');
  }

  /** More records than a small page has. */
  get severalPages(): number {
    return (this.system.smallPageSize ?? SMALL_PAGE) + 10;
  }

  hands(stream: string): StreamHands {
    return this.system.hands[stream] ?? {};
  }

  /** What the case needs the system to do; not proven where it cannot. */
  hand<H extends keyof StreamHands>(stream: string, name: H): NonNullable<StreamHands[H]> {
    const hand = this.hands(stream)[name];
    if (hand === undefined) throw new NotProven(`nothing was given to ${name} records of ${stream}`);
    return hand;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((connections) => connections.close()));
    await this.between.stop();
  }

  /** Ends what the case before opened and told the intermediary to do. */
  async settle(): Promise<void> {
    this.between.behave();
    await Promise.all(this.#opened.splice(0).map((connections) => connections.close()));
  }
}

export async function ask<T>(
  connection: Connection,
  stream: string,
  work: (abilities: StreamAbilities, http: Http) => Promise<T>,
): Promise<T> {
  const { abilities } = connection.stream(stream);
  const options = { priority: 'background', within: 60_000 } as const;
  return (await connection.call(options, (http) => work(abilities as StreamAbilities, http))).value;
}

const MOST_PAGES = 10_000;

/** Every page from a position on, by asking as the engine does. */
async function pages<P extends { readonly next?: string }>(
  read: (page: string | undefined) => Promise<P>,
  from?: string,
): Promise<readonly P[]> {
  const found: P[] = [];
  for (let page = from; found.length < MOST_PAGES; ) {
    const answer = await read(page);
    found.push(answer);
    if (answer.next === undefined) return found;
    page = answer.next;
  }
  throw new Error(`${MOST_PAGES} pages and no end: the position does not move on.`);
}

const at = (page: string | undefined) => (page === undefined ? {} : { page });

export function snapshotPage(connection: Connection, stream: string, page?: string): Promise<Page> {
  return ask(connection, stream, (abilities, http) => abilities.snapshot({ select: [], ...at(page) }, http));
}

export function snapshotPages(connection: Connection, stream: string, from?: string): Promise<readonly Page[]> {
  return pages((page) => snapshotPage(connection, stream, page), from);
}

export async function snapshotOf(connection: Connection, stream: string): Promise<readonly SourceRecord[]> {
  return (await snapshotPages(connection, stream)).flatMap(({ records }) => records);
}

export function changesPages(
  connection: Connection,
  stream: string,
  after: { readonly since: number } | { readonly token: string },
  from?: string,
): Promise<readonly ChangesPage[]> {
  const read = (page: string | undefined) =>
    ask(connection, stream, (abilities, http) => abilities.changes({ ...after, select: [], ...at(page) }, http));
  return pages(read, from);
}

export async function idsOf(connection: Connection, stream: string): Promise<readonly string[]> {
  const read = (page: string | undefined) =>
    ask(connection, stream, (abilities, http) => abilities.listIds(at(page), http));
  return (await pages(read)).flatMap(({ keys }) => keys);
}

/** Keys of records in the engine's spelling. */
export function keysOf(
  connection: Connection,
  stream: string,
  records: readonly { readonly key: string }[],
): readonly string[] {
  const { normalizeKey } = connection.stream(stream);
  return records.map(({ key }) => normalizeKey(key));
}
