import type {
  ChangesRequest,
  Http,
  ListRequest,
  LookupRequest,
  Page,
  SourceRecord,
  StreamAbilities,
  StreamMapping,
} from 'isthmus/sdk';
import { changedAt, readChanges } from './changes.ts';
import type { GatewayClient, Row } from './client.ts';
import type { SapS4Config } from './config.ts';
import { columnsFor } from './mapping/columns.ts';
import { allOf, anyOf, chunkByLength, literal, type Query, queryPath, stringLiteral } from './odata.ts';
import type { PartSource, StreamSource } from './streams.ts';

/** Up to here the items of documents come with their headers by `$expand`, which the system finds costly. */
const EXPANDED_AT_MOST = 50;

export type ReadingAbilities = StreamMapping &
  Pick<StreamAbilities, 'snapshot' | 'lookup' | 'list' | 'listIds' | 'changes'>;

/** The reading abilities of one stream, out of where it comes from. */
export function reading(source: StreamSource, config: SapS4Config, client: GatewayClient): ReadingAbilities {
  const reader = new StreamReader(source, config, client);
  return {
    map: source.map,
    ...(source.normalizeKey === undefined ? {} : { normalizeKey: source.normalizeKey }),
    snapshot: (request, http) => reader.snapshot(request, http),
    changes: (request, http) => reader.changes(request, http),
    lookup: (request, http) => reader.lookup(request, http),
    list: (request, http) => reader.list(request, http),
    listIds: (request, http) => reader.listIds(request, http),
  };
}

export class StreamReader {
  readonly source: StreamSource;
  readonly #config: SapS4Config;
  readonly #client: GatewayClient;

  constructor(source: StreamSource, config: SapS4Config, client: GatewayClient) {
    this.source = source;
    this.#config = config;
    this.#client = client;
  }

  async snapshot(request: { readonly page?: string; readonly select: readonly string[] }, http: Http): Promise<Page> {
    const { rows, next } = await this.#byKey(request.page, this.#query(request.select), this.#config.pageSize, http);
    const records = await this.complete(rows, http);
    return next === undefined ? { records } : { records, next };
  }

  changes(request: ChangesRequest, http: Http): Promise<Page> {
    return readChanges(this, request, this.#config.pageSize, http);
  }

  async listIds(request: { readonly page?: string }, http: Http) {
    const { rows, next } = await this.#byKey(
      request.page,
      { select: this.source.key },
      2 * this.#config.pageSize,
      http,
    );
    const keys = rows.map((row) => this.source.keyOf(row)).filter((key) => key !== '');
    return next === undefined ? { keys } : { keys, next };
  }

  async lookup(request: LookupRequest, http: Http): Promise<readonly SourceRecord[]> {
    const { source } = this;
    const { wanted: fields, select } = request;
    const needed = fields && source.columns && columnsFor(source.columns, fields);
    const parts = needed?.hasLines === false ? undefined : source.parts;
    const query = needed ? queryOf([...needed.columns, ...select]) : this.#query(select);
    const isExpanded = parts?.isNavigation === true && request.keys.length <= EXPANDED_AT_MOST;
    const wanted: Query = isExpanded ? withExpanded(query, parts) : query;
    const headers = this.#paths(source.set, [...new Set(request.keys.map(source.clause))], wanted, source.filter);
    const partPaths = parts === undefined || isExpanded ? [] : this.#partPaths(parts, request.keys);
    const answers = await this.#client.all(source.service, [...headers, ...partPaths], http);
    const asked = new Set(request.keys.map((key) => this.#normalized(key)));
    const rows = answers
      .slice(0, headers.length)
      .flat()
      .filter((row) => asked.has(this.#normalized(source.keyOf(row))));
    if (parts === undefined || isExpanded) return rows.map((row) => this.#record(row));
    return this.#withParts(parts, rows, answers.slice(headers.length).flat(), http);
  }

  /** Only conditions on the row itself, as the vendor names its properties; pages by offset. */
  async list(request: ListRequest, http: Http): Promise<Page> {
    const { source } = this;
    const typeOf = (field: string) => source.types[field] ?? 'string';
    const conditions = request.where.map(({ field, op, value }) => `${field} ${op} ${literal(value, typeOf(field))}`);
    const skip = request.page === undefined ? 0 : Number(request.page);
    const top = Math.min(request.limit - skip, this.#config.pageSize);
    const path = queryPath(source.set, {
      ...this.#query(request.select),
      filter: allOf([source.filter, ...conditions]),
      orderBy: [...request.orderBy.map(({ field, direction }) => `${field} ${direction}`), ...source.key],
      top,
      skip,
    });
    const { rows, next } = await this.#client.page(source.service, path, http);
    const records = await this.complete(rows, http);
    const hasMore = skip + rows.length < request.limit && (rows.length === top || next !== undefined);
    return hasMore ? { records, next: String(skip + rows.length) } : { records };
  }

  /** Rows of a filter in an order, with the fields that the mapping needs. */
  async rows(
    filter: string | undefined,
    orderBy: readonly string[],
    top: number,
    select: readonly string[],
    http: Http,
  ): Promise<{ readonly rows: readonly Row[]; readonly isCut: boolean }> {
    const query = { ...this.#query(select), filter: allOf([this.source.filter, filter]), orderBy, top };
    const { rows, next } = await this.#client.page(this.source.service, queryPath(this.source.set, query), http);
    return { rows, isCut: rows.length >= top || next !== undefined };
  }

  /** Rows as records, with the parts that belong to them. */
  async complete(rows: readonly Row[], http: Http): Promise<SourceRecord[]> {
    const { parts, service } = this.source;
    if (parts === undefined || rows.length === 0) return rows.map((row) => this.#record(row));
    const keys = rows.map((row) => this.source.keyOf(row)).filter((key) => key !== '');
    const found = await this.#client.all(service, this.#partPaths(parts, keys), http);
    return this.#withParts(parts, rows, found.flat(), http);
  }

  /** Pages by the key itself: nothing is skipped or repeated when rows come and go meanwhile. */
  async #byKey(
    page: string | undefined,
    query: Query,
    top: number,
    http: Http,
  ): Promise<{ readonly rows: readonly Row[]; readonly next?: string }> {
    const { source } = this;
    if (page?.startsWith('link:')) return this.#byLink(page.slice(5), http);
    const after = page === undefined ? undefined : afterKey(source.key, JSON.parse(page) as string[]);
    const filter = allOf([source.filter, after]);
    const path = queryPath(source.set, { ...query, filter, orderBy: source.key, top });
    const answer = await this.#client.page(source.service, path, http);
    return this.#position(answer, answer.rows.length >= top);
  }

  async #byLink(link: string, http: Http) {
    return this.#position(await this.#client.page(this.source.service, link, http), false);
  }

  /** After the last key; an empty page that has more behind it is gone on from by the server's own link. */
  #position({ rows, next }: { readonly rows: readonly Row[]; readonly next?: string }, isFull: boolean) {
    if (next === undefined && !isFull) return { rows };
    const last = rows.findLast((row) => this.source.key.every((field) => typeof row[field] === 'string'));
    if (last !== undefined) return { rows, next: JSON.stringify(this.source.key.map((field) => last[field])) };
    return next === undefined ? { rows } : { rows, next: `link:${next}` };
  }

  #query(select: readonly string[]): Query {
    const { source } = this;
    return queryOf([...source.select, ...select], source.expand);
  }

  /** As few URLs as the budget allows for these or-ed clauses. */
  #paths(set: string, clauses: readonly string[], query: Query, filter?: string): string[] {
    const rest = queryPath(set, { ...query, filter }).length;
    const budget = Math.max(this.#config.urlBudget - rest, 500);
    return chunkByLength(clauses, budget).map((chunk) =>
      queryPath(set, { ...query, filter: allOf([filter, anyOf(chunk)]) }),
    );
  }

  #partPaths(parts: PartSource, keys: readonly string[]): string[] {
    const clauses = [...new Set(keys)].map((key) => `${parts.parent} eq ${stringLiteral(key)}`);
    return this.#paths(parts.set, clauses, partQuery(parts));
  }

  async #withParts(
    parts: PartSource,
    rows: readonly Row[],
    found: readonly Row[],
    http: Http,
  ): Promise<SourceRecord[]> {
    const companies = await this.#companies(found, http);
    const byParent = new Map<string, Row[]>();
    for (const part of found) {
      const parent = this.#normalized(String(part[parts.parent]));
      const whole = companies === undefined ? part : { ...part, company: companies(part) };
      const list = byParent.get(parent);
      if (list === undefined) byParent.set(parent, [whole]);
      else list.push(whole);
    }
    return rows.map((row) => {
      const results = byParent.get(this.#normalized(this.source.keyOf(row))) ?? [];
      return this.#record({ ...row, [parts.property]: { results } });
    });
  }

  /** What is behind a part's field, such as whether a contact's company buys or sells. */
  async #companies(found: readonly Row[], http: Http): Promise<((part: Row) => Row | undefined) | undefined> {
    const { companies, service, set, key } = this.source;
    if (companies === undefined || found.length === 0) return undefined;
    const numbers = [...new Set(found.map((part) => String(part[companies.field])))];
    const clauses = numbers.map((number) => `${key[0]} eq ${stringLiteral(number)}`);
    const rows = await this.#client.all(service, this.#paths(set, clauses, { select: companies.select }), http);
    const byNumber = new Map(rows.flat().map((row) => [this.#normalized(String(row[key[0]!])), row]));
    return (part) => byNumber.get(this.#normalized(String(part[companies.field])));
  }

  #record(row: Row): SourceRecord {
    const stamp = changedAt(this.source.stamp, row);
    const createdAt = this.source.createdAt?.(row);
    return {
      key: this.source.keyOf(row),
      source: row,
      ...(stamp === undefined ? {} : { changedAt: stamp }),
      ...(createdAt === undefined ? {} : { createdAt }),
    };
  }

  #normalized(key: string): string {
    return this.source.normalizeKey?.(key) ?? key;
  }
}

/** A path in the selection needs its navigation expanded. */
function queryOf(select: readonly string[], expanded: readonly string[] = []): Query {
  const navigations = select.filter((field) => field.includes('/')).map((field) => field.replace(/\/[^/]*$/, ''));
  const expand = [...new Set([...expanded, ...navigations])];
  return { select: [...new Set(select)], ...(expand.length === 0 ? {} : { expand }) };
}

function partQuery(parts: PartSource): Query {
  return { select: parts.select, ...(parts.expand === undefined ? {} : { expand: parts.expand }) };
}

function withExpanded(query: Query, parts: PartSource): Query {
  return {
    select: [...(query.select ?? []), ...parts.select.map((field) => `${parts.property}/${field}`)],
    expand: [...(query.expand ?? []), parts.property],
  };
}

/** Everything behind a key of one or more parts, in the order of these. */
export function afterKey(fields: readonly string[], values: readonly string[]): string {
  const [field, ...others] = fields;
  const value = stringLiteral(values[0] ?? '');
  if (others.length === 0) return `${field} gt ${value}`;
  return `(${field} gt ${value} or (${field} eq ${value} and ${afterKey(others, values.slice(1))}))`;
}
