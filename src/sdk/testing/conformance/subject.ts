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
  /** By the hands that made them; no case has removed these. */
  readonly #made = new Map<StreamHands, Set<string>>();
  readonly #usual = new Map<string, Connections>();
  #shared: { readonly of: string; readonly value: unknown } | undefined;

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

  /**
   * The connection that cases share, and its session: to log in is a dear call to many systems. Where calls are
   * rationed by the second, each case has a ration of its own.
   */
  usual(settings: Pick<ConformanceSettings, 'smallPages'> = {}): Connection {
    const { limits } = this.system.connection(this.between.url, settings).manifest;
    return limits.requestsPerSecond === undefined ? this.#standing(settings) : this.open(settings);
  }

  #standing(settings: Pick<ConformanceSettings, 'smallPages'>): Connection {
    const of = settings.smallPages === true ? 'small pages' : 'pages';
    const connections =
      this.#usual.get(of) ?? openConnections({ subject: this.system.connection(this.between.url, settings) });
    this.#usual.set(of, connections);
    return connections.get('subject');
  }

  /** What the first of several cases in a row finds out over a connection that they share, in small pages. */
  async shared<T>(of: string, begin: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#shared?.of !== of) {
      this.#shared = { of, value: await begin(this.#standing({ smallPages: true })) };
    }
    return this.#shared.value as T;
  }

  /** What a case that failed leaves behind is not for the next one. */
  async startAnew(): Promise<void> {
    this.#shared = undefined;
    const usual = [...this.#usual.values()];
    this.#usual.clear();
    await Promise.all(usual.map((connections) => connections.close()));
  }

  /** More records than two small pages have, or at least than one has. */
  get severalPages(): number {
    const page = this.system.smallPageSize ?? SMALL_PAGE;
    return page + Math.min(page + 1, 10);
  }

  hands(stream: string): StreamHands {
    const hands = this.system.hands[stream];
    if (hands === undefined) return {};
    const { create, remove } = hands;
    return {
      ...hands,
      ...(create && {
        create: async (count: number) => {
          const keys = await create(count);
          for (const key of keys) this.#madeBy(hands).add(key);
          return keys;
        },
      }),
      ...(remove && {
        remove: async (key: string) => {
          await remove(key);
          this.#madeBy(hands).delete(key);
        },
      }),
    };
  }

  /** As many records as that, made by cases before or now: every one more makes all that follows slower. */
  async some(stream: string, count: number): Promise<readonly string[]> {
    const made = [...this.#madeBy(this.system.hands[stream] ?? {})];
    const lacking = count - made.length;
    return lacking > 0 ? [...made, ...(await this.hand(stream, 'create')(lacking))] : made.slice(0, count);
  }

  #madeBy(hands: StreamHands): Set<string> {
    const made = this.#made.get(hands) ?? new Set();
    this.#made.set(hands, made);
    return made;
  }

  /** What the case needs the system to do; not proven where it cannot. */
  hand<H extends keyof StreamHands>(stream: string, name: H): NonNullable<StreamHands[H]> {
    const hand = this.hands(stream)[name];
    if (hand === undefined) throw new NotProven(`hands.${stream} has no ${name}, which this case needs (StreamHands)`);
    return hand;
  }

  async close(): Promise<void> {
    await this.startAnew();
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
export async function pages<P extends { readonly next?: string }>(
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

/** As many records as that, where the stream has them, from its beginning. */
export async function firstRecords(
  connection: Connection,
  stream: string,
  count: number,
): Promise<readonly SourceRecord[]> {
  const found: SourceRecord[] = [];
  for (let page: string | undefined; found.length < count; ) {
    const { records, next } = await snapshotPage(connection, stream, page);
    found.push(...records);
    if (next === undefined) break;
    page = next;
  }
  return found.slice(0, count);
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
