import type { ConnectedStream, Connection } from '#connections';
import type { Golden, ObservationPage, ObserveOutcome } from '#golden';
import type { ChangesPage, Deletions, Http, Page, SourceRecord } from '#sdk';
import type { Lease, StreamMove, StreamState, StreamStates } from '#store';
import { decodeCursor, encode } from './cursors.ts';
import { PageMapper } from './page-mapper.ts';
import { type ReadPage, readPages, repeatedPage } from './page-reader.ts';

/** The stream was moved by somebody else: what this run read is not stored, and the run ends. */
export class FencedRun extends Error {}

export interface SessionParts {
  readonly connection: Connection;
  readonly stream: ConnectedStream;
  readonly golden: Golden;
  readonly states: StreamStates;
  readonly clock: () => number;
  readonly lease: Lease;
  readonly state: StreamState;
  readonly signal: AbortSignal;
  readonly onRecords: (outcome: ObserveOutcome, count: number) => void;
}

/** One stream under one lease: where it stands, and the only way to move it. */
export class StreamSession {
  readonly connection: Connection;
  readonly stream: ConnectedStream;
  readonly golden: Golden;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly #parts: SessionParts;
  #state: StreamState;
  #deletions: Deletions = {};

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.connection = parts.connection;
    this.stream = parts.stream;
    this.golden = parts.golden;
    this.clock = parts.clock;
    this.signal = parts.signal;
    this.#state = parts.state;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Only a whole read tells everything. */
  get isFreshByWholeReads(): boolean {
    const { changes } = this.stream.manifest;
    return changes === undefined || changes.stamps === 'partial';
  }

  /** How much earlier than it began a read through lists counts as begun, ms. */
  get indexLag(): number {
    return (this.stream.manifest.indexLag ?? 0) * 1000;
  }

  /** How late a change may become visible; the stream is fresh until that much before a read. Milliseconds. */
  get visibilityLag(): number {
    return (this.stream.manifest.changes?.visibilityLag ?? 0) * 1000;
  }

  /** What the system last told of deletions, without saying what. */
  noteDeletions(told: Deletions | undefined): void {
    if (told !== undefined) this.#deletions = told;
  }

  get deletions(): Deletions {
    return this.#deletions;
  }

  /** To be kept in the cursor, as it is. */
  get swept(): { readonly swept?: Deletions } {
    const swept = decodeCursor(this.#state.cursor)?.swept;
    return swept === undefined ? {} : { swept };
  }

  /** Records, or parts of records, were deleted since the last sweep. */
  isHinted(what: keyof Deletions): boolean {
    const told = this.#deletions[what];
    return told !== undefined && told !== this.swept.swept?.[what];
  }

  /** The cursor with what a sweep now knows. */
  cursorAfterSweep(known: Deletions): { readonly cursor?: string } {
    const cursor = decodeCursor(this.#state.cursor);
    if (cursor === undefined || Object.keys(known).length === 0) return {};
    return { cursor: encode({ ...cursor, swept: { ...cursor.swept, ...known } }) };
  }

  /** Pages of one ability, at background priority, within the stream's own select. */
  pages(
    from: string | undefined,
    read: (page: string | undefined, http: Http) => Promise<ChangesPage>,
  ): AsyncGenerator<ReadPage<ChangesPage>, void, void> {
    const subject = { connection: this.connection.name, stream: this.stream.name };
    const readOne = async (page: string | undefined) => {
      const { value, startedAt } = await this.call((http) => read(page, http));
      return { page: value, startedAt };
    };
    return readPages(subject, from, readOne, identity);
  }

  /** For lists of ids, whose pages carry nothing else to know them by. */
  refuseRepeated(links: Set<string>, next: string | undefined): void {
    if (next === undefined) return;
    if (links.has(next)) throw repeatedPage({ connection: this.connection.name, stream: this.stream.name });
    links.add(next);
  }

  call<T>(work: (http: Http) => Promise<T>): Promise<{ readonly value: T; readonly startedAt: number }> {
    return this.connection.call({ priority: 'background', signal: this.signal }, work);
  }

  mapper(): PageMapper {
    return new PageMapper(this.stream);
  }

  /** Records and move in one transaction, or neither. */
  async store(page: {
    readonly records: readonly SourceRecord[];
    readonly mapper: PageMapper;
    readonly startedAt: number;
    readonly through: ObservationPage['through'];
    readonly to?: StreamMove;
  }): Promise<ObserveOutcome> {
    const { records, setAside } = page.mapper.map(page.records);
    return await this.#observe({ records, setAside, startedAt: page.startedAt, through: page.through }, page.to ?? {});
  }

  /** Deletions that were confirmed by a read that began at `startedAt`. */
  async storeDeletions(keys: readonly string[], startedAt: number): Promise<void> {
    const records = keys.map((key) => ({ key, mapped: [], deleted: true as const }));
    await this.#observe({ records, startedAt, through: 'sweep' }, {});
  }

  /** A move without records. */
  async move(to: StreamMove): Promise<void> {
    const { states } = this.#parts;
    const advance = this.#advance(to);
    if (!(await states.advance(this.connection.name, this.stream.name, advance))) throw new FencedRun();
    this.#state = { ...this.#state, ...to };
  }

  async #observe(
    page: Omit<ObservationPage, 'connection' | 'stream' | 'advance'>,
    to: StreamMove,
  ): Promise<ObserveOutcome> {
    this.signal.throwIfAborted();
    const outcome = await this.golden.observe({
      ...page,
      connection: this.connection.name,
      stream: this.stream.name,
      advance: this.#advance(to),
    });
    if (outcome.fenced) throw new FencedRun();
    this.#state = { ...this.#state, ...to };
    this.#parts.onRecords(outcome, page.records.length);
    return outcome;
  }

  #advance(to: StreamMove) {
    const { phase, position, cursor } = this.#state;
    return { epoch: this.#parts.lease.epoch, from: { phase, position, cursor }, to };
  }
}

/** The same page is the same records in the same versions; an empty one may repeat. */
function identity(page: Page): string {
  if (page.records.length === 0) return '';
  return JSON.stringify(page.records.map(({ key, changedAt }) => [key, changedAt]));
}
