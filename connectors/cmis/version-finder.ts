import type { Http, SourceRecord } from 'isthmus/sdk';
import type { Row } from './client.ts';
import { oneOf } from './statement.ts';
import { DOCUMENT, recordOf, type Selection, type Source, withNulls } from './streams.ts';

const MOST_POINTERS = 100_000;
const PAGE = 1000;
/** Reads that wait for their turn at one time: others want one too. */
const AT_ONCE = 16;

/**
 * Finds the current version of documents by version series. One query where the repository can search by series;
 * where it cannot (as OpenCMIS in memory), one by the versions last seen, and a read for each that is not current.
 */
export class VersionFinder {
  readonly #source: Source;
  /** Version series to the id of the version last seen: a hint. */
  readonly #pointers = new Map<string, string>();
  #canSearchSeries: boolean | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  noteAll(records: readonly SourceRecord[]): void {
    for (const { key, source } of records) {
      const id = (source as Row)['cmis:objectId'];
      if (typeof id !== 'string' || key === '') continue;
      this.#pointers.delete(key);
      this.#pointers.set(key, id);
      if (this.#pointers.size > MOST_POINTERS) this.#pointers.delete(this.#pointers.keys().next().value!);
    }
  }

  async find(keys: readonly string[], selection: Selection, http: Http): Promise<SourceRecord[]> {
    const found = new Map<string, SourceRecord>();
    const add = (rows: readonly Row[]) => {
      for (const row of rows.filter(DOCUMENT.isCurrent)) {
        const record = recordOf(DOCUMENT, withNulls(selection.columns, row));
        found.set(record.key, record);
      }
    };
    const missing = () => keys.filter((key) => !found.has(key));
    if (this.#canSearchSeries !== false) {
      add(await this.#query('cmis:versionSeriesId', keys, selection, http));
      if (found.size > 0) this.#canSearchSeries = true;
    }
    if (this.#canSearchSeries !== true) {
      const hinted = missing().flatMap((key) => this.#pointers.get(key) ?? []);
      if (hinted.length > 0) add(await this.#query('cmis:objectId', hinted, selection, http));
      const unknown = missing();
      for (let at = 0; at < unknown.length; at += AT_ONCE) {
        const some = unknown.slice(at, at + AT_ONCE);
        const read = await Promise.all(some.map((key) => this.#readLatest(key, http)));
        add(read.filter((row) => row !== undefined));
      }
      if (found.size > 0) this.#canSearchSeries = false;
    }
    const asked = new Set(keys);
    const records = [...found.values()].filter(({ key }) => asked.has(key));
    this.noteAll(records);
    return records;
  }

  async #query(name: string, values: readonly string[], selection: Selection, http: Http): Promise<Row[]> {
    const statement = `${selection.text} WHERE ${oneOf(name, values)}`;
    const rows: Row[] = [];
    for (let hasMore = true; hasMore; ) {
      const page = await this.#source.client.query(http, statement, { maxItems: PAGE, skipCount: rows.length });
      rows.push(...page.rows);
      hasMore = page.hasMore && page.rows.length > 0;
    }
    return rows;
  }

  /** Many repositories take the id of a series for an object; the version last seen is the surer address. */
  async #readLatest(key: string, http: Http): Promise<Row | undefined> {
    const controls = { returnVersion: 'latest' };
    for (const id of new Set([this.#pointers.get(key) ?? key, key])) {
      const object = await this.#source.client.read<{ succinctProperties?: Row }>(http, 'object', id, controls);
      if (object?.succinctProperties !== undefined) return object.succinctProperties;
    }
    return undefined;
  }
}
