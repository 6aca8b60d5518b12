import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError, ContractError, GoneError, hasCode, TransientError } from '#sdk';
import { TakenOverError } from './errors.ts';
import { messageOf } from './failures.ts';
import { OLDEST, type Place } from './ledger.ts';
import type { DeliveredMessage } from './messages.ts';
import type { OpenSource, Source, SourceSession } from './source.ts';

export interface HubOptions {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** All by default. Processes that share the work name their own each. */
  readonly partitions?: readonly number[];
  /** A question waits so long for something new. 25 by default, 60 at the most. */
  readonly waitSeconds?: number;
  /** Changes looked through per question. 500 by default, 1000 at the most. */
  readonly limit?: number;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;
/** Beyond what a question waits for: then its connection is dead. */
const ANSWER_WITHIN_MS = 15_000;

/**
 * The hub's own log over HTTP, without a broker. Positions are in the ledger. Whoever claims a partition last reads it:
 * a second process on the same ledger ends the first.
 */
export function hub(options: HubOptions): Source {
  return {
    needsLedger: true,
    open: (topics, session) => openHubSource(options, topics, session),
  };
}

async function openHubSource(
  options: HubOptions,
  topics: readonly string[],
  session: SourceSession,
): Promise<OpenSource> {
  const places = await placesOf(options, topics);
  const stopping = new AbortController();
  const fail = (error: unknown) => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    session.fail(error);
  };
  const readers = places.map((place) =>
    new HubReader(options, place, session, stopping.signal).run().catch((error) => fail(error)),
  );
  return {
    async stop() {
      stopping.abort();
      await Promise.all(readers);
    },
  };
}

/** Throws a `ConfigError` for a topic that the hub does not have; a hub that is away is an error too. */
async function placesOf({ url, partitions }: HubOptions, topics: readonly string[]): Promise<readonly Place[]> {
  const response = await fetch(new URL('/topics', url), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(
    (error) => {
      throw new TransientError(`The hub at ${url} does not answer: ${messageOf(error.cause ?? error)}`, {
        cause: error,
      });
    },
  );
  if (!response.ok) throw await refusalOf(response);
  const listed = (await response.json()) as { readonly topics: readonly { name: string; partitions: number }[] };
  return topics.flatMap((topic) => {
    const found = listed.topics.find(({ name }) => name === topic);
    if (!found) {
      throw new ConfigError(`The hub at ${url} has no topic ${topic}. Is its prefix another one?`, {
        details: { field: 'topics' },
      });
    }
    const all = Array.from({ length: found.partitions }, (_, partition) => partition);
    return (partitions ?? all).map((partition) => ({ topic, partition }));
  });
}

class HubReader {
  readonly #options: HubOptions;
  readonly #place: Place;
  readonly #session: SourceSession;
  readonly #signal: AbortSignal;

  constructor(options: HubOptions, place: Place, session: SourceSession, signal: AbortSignal) {
    this.#options = options;
    this.#place = place;
    this.#session = session;
    this.#signal = signal;
  }

  /** Until it is stopped; throws what ends it. */
  async run(): Promise<void> {
    const start = await this.#untilItWorks(() => this.#session.claim(this.#place));
    if (!start) return;
    let from = start.position ?? OLDEST;
    let incarnation = start.incarnation;
    while (!this.#signal.aborted) {
      const page = await this.#untilItWorks(() => this.#ask(from, incarnation));
      if (!page) return;
      incarnation = page.incarnation;
      if (page.messages.length > 0) {
        await this.#session.deliver(this.#place, page.messages, { signal: this.#signal, settled: async () => {} });
        if (this.#signal.aborted) return;
      }
      from = page.next;
      await this.#untilItWorks(() => this.#session.skipTo(this.#place, page.next, page.incarnation));
    }
  }

  /** Undefined: stopped. Throws what waiting does not mend. */
  async #untilItWorks<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    for (let tries = 0; !this.#signal.aborted; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#signal.aborted) return undefined;
        if (error instanceof TakenOverError || hasCode(error, 'GONE', 'CONTRACT')) throw error;
        this.#session.trouble(error);
        const pause = Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries, 8), LONGEST_WAIT_MS);
        await wait(pause, undefined, { signal: this.#signal }).catch(() => {});
      }
    }
    return undefined;
  }

  async #ask(from: number, incarnation: string | undefined) {
    const { url, limit = 500, waitSeconds = 25 } = this.#options;
    const { topic, partition } = this.#place;
    const question = new URL(`/topics/${encodeURIComponent(topic)}/partitions/${partition}`, url);
    question.searchParams.set('from', from === OLDEST ? 'oldest' : String(from));
    question.searchParams.set('limit', String(limit));
    question.searchParams.set('wait', String(waitSeconds));
    if (incarnation !== undefined && from !== OLDEST) question.searchParams.set('incarnation', incarnation);
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(waitSeconds * 1000 + ANSWER_WITHIN_MS)]);
    const response = await fetch(question, { signal });
    if (!response.ok) throw await refusalOf(response);
    const next = Number(response.headers.get('isthmus-next') ?? Number.NaN);
    const told = response.headers.get('isthmus-incarnation');
    if (!Number.isSafeInteger(next) || told === null) {
      throw new ContractError(`${question.origin} does not answer as a hub does.`);
    }
    const events = (await response.json()) as readonly Readonly<Record<string, unknown>>[];
    return { messages: events.map(messageOfEvent), next, incarnation: told };
  }
}

async function refusalOf(response: Response): Promise<Error> {
  const body = (await response.json().catch(() => undefined)) as
    | {
        readonly errors?: readonly {
          readonly message: string;
          readonly extensions?: Record<string, string | number>;
        }[];
      }
    | undefined;
  const [error] = body?.errors ?? [];
  const message = error?.message ?? `The hub answers with ${response.status}.`;
  if (response.status === 410) return new GoneError(message, { details: error?.extensions ?? {} });
  if (response.status >= 500 || response.status === 429) return new TransientError(message);
  return new ContractError(message, { details: { status: response.status } });
}

/** From CloudEvents' JSON format to a message in binary mode. */
function messageOfEvent({ data, partitionkey, offset, ...attributes }: Readonly<Record<string, unknown>>) {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'datacontenttype') headers['content-type'] = String(value);
    else headers[name === 'traceparent' ? name : `ce_${name}`] = String(value);
  }
  const message: DeliveredMessage = {
    key: String(partitionkey ?? ''),
    value: data === undefined ? null : JSON.stringify(data),
    headers,
    offset: Number(offset),
  };
  return message;
}
