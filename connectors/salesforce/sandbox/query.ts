import type { SandboxReply, SandboxRequest, SqlCondition } from 'isthmus/sdk/testing';
import { findObject, type SandboxObject, visibleFields } from './objects.ts';
import type { Org, Row } from './org.ts';
import { Projection } from './projection.ts';
import { refuse } from './refusals.ts';
import { compileOrder, compileWhere, resolvePath } from './soql/compile.ts';
import { parseSoql, type Soql } from './soql/parse.ts';

const MAX_BATCH = 2000;
const MIN_BATCH = 200;
const MAX_OFFSET = 2000;
const MAX_LOCATORS = 50;
const LOCATOR_LIFE_MS = 2 * 24 * 3600 * 1000;

/** A result set held by the server: which records, in which order, is frozen when the query runs. */
interface Locator {
  readonly object: SandboxObject;
  readonly keys: readonly string[];
  readonly projection: Projection;
  readonly batch: number;
  readonly createdAtMs: number;
}

/** `/query`, `/queryAll` and the pages behind their locators. */
export class QueryEndpoints {
  readonly #org: Org;
  readonly #locators = new Map<string, Locator>();
  #nextLocator = 1;

  constructor(org: Org) {
    this.#org = org;
  }

  query(request: SandboxRequest, scope: 'living' | 'all'): SandboxReply {
    const statement = request.query.get('q');
    if (statement === null || statement.trim() === '')
      throw refuse(400, 'MALFORMED_QUERY', 'SOQL statement missing: q');
    const soql = parseSoql(statement);
    const object = findObject(this.#org.objects, soql.object);
    if (object === undefined) throw refuse(400, 'INVALID_TYPE', `\nsObject type '${soql.object}' is not supported.`);
    if (soql.offset > MAX_OFFSET)
      throw refuse(400, 'NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000');
    const where = this.#where(object, soql, scope);
    if (soql.isCount) {
      return { body: { totalSize: this.#org.table(object).count(where), done: true, records: [] } };
    }
    const version = request.params.version!;
    const projection = new Projection(this.#org, object, this.#paths(object, soql), version);
    const orderBy = compileOrder(this.#org, object, soql.orderBy);
    return this.#first(request, { object, projection, where, orderBy, soql });
  }

  /** One more row than fits is read, to tell whether the result set has to be kept. */
  #first(
    request: SandboxRequest,
    plan: {
      object: SandboxObject;
      projection: Projection;
      where: SqlCondition | undefined;
      orderBy: string;
      soql: Soql;
    },
  ): SandboxReply {
    const { object, projection, where, orderBy, soql } = plan;
    const batch = request.trouble('shortPage') === undefined ? batchSize(request) : 20;
    const table = this.#org.table(object);
    const limit = Math.min(soql.limit ?? Number.POSITIVE_INFINITY, batch + 1);
    const selection = { where, orderBy, offset: soql.offset };
    const rows = table.select({ ...selection, limit });
    if (rows.length <= batch) return page(request, projection, rows, rows.length);
    const keys = table.selectKeys({ ...selection, ...(soql.limit === undefined ? {} : { limit: soql.limit }) });
    const id = `01g5g${String(this.#nextLocator++).padStart(13, '0')}`;
    this.#locators.set(id, { object, keys, projection, batch, createdAtMs: this.#org.clock.nowMs() });
    if (this.#locators.size > MAX_LOCATORS) this.#locators.delete(this.#locators.keys().next().value!);
    return page(request, projection, rows.slice(0, batch), keys.length, `${id}-${batch}`);
  }

  more(request: SandboxRequest): SandboxReply {
    const [id = '', position = ''] = request.params.locator!.split('-');
    const locator = this.#locators.get(id);
    const isOver = locator === undefined || this.#org.clock.nowMs() - locator.createdAtMs > LOCATOR_LIFE_MS;
    let at = Number(position);
    if (isOver || !Number.isInteger(at)) throw refuse(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    const { keys, batch, projection, object } = locator;
    if (request.trouble('emptyPage') !== undefined) {
      return page(request, projection, [], keys.length, `${id}-${at}`);
    }
    if (request.trouble('repeatPage') !== undefined) at -= batch;
    const slice = keys.slice(at, at + batch);
    const rows = this.#org.table(object).getMany(slice);
    const next = at + batch < keys.length ? `${id}-${at + batch}` : undefined;
    // What was removed for good since the query ran is not there any more.
    return page(
      request,
      projection,
      rows.filter((row) => row !== undefined),
      keys.length,
      next,
    );
  }

  #where(object: SandboxObject, soql: Soql, scope: 'living' | 'all'): SqlCondition | undefined {
    const living = `${this.#org.table(object).column('IsDeleted')} = 0`;
    if (soql.where === undefined) return scope === 'all' ? undefined : { sql: living };
    const where = compileWhere(this.#org, object, soql.where);
    return scope === 'all' ? where : { sql: `${living} AND ${where.sql}`, params: where.params };
  }

  #paths(object: SandboxObject, soql: Soql) {
    return soql.select.flatMap((path) => {
      if (/^FIELDS\((ALL|STANDARD|CUSTOM)\)$/.test(path)) {
        if (path !== 'FIELDS(STANDARD)' && (soql.limit ?? 201) > 200)
          throw refuse(400, 'MALFORMED_QUERY', 'The SOQL FIELDS function must have a LIMIT of at most 200');
        const wanted = visibleFields(object).filter(
          (field) => path === 'FIELDS(ALL)' || field.custom === (path === 'FIELDS(CUSTOM)'),
        );
        return wanted.map((field) => ({ steps: [], objects: [object], field }));
      }
      if (path.includes('(')) throw refuse(400, 'MALFORMED_QUERY', `this sandbox does not know ${path}`);
      return [resolvePath(this.#org, object, path)];
    });
  }
}

/** A wish, in the product and here: 200 to 2000. */
function batchSize(request: SandboxRequest): number {
  const wish = /batchSize\s*=\s*(\d+)/i.exec(String(request.headers['sforce-query-options'] ?? ''));
  return wish === null ? MAX_BATCH : Math.min(MAX_BATCH, Math.max(MIN_BATCH, Number(wish[1])));
}

function page(
  request: SandboxRequest,
  projection: Projection,
  rows: readonly Row[],
  totalSize: number,
  next?: string,
): SandboxReply {
  const records = projection.project(rows);
  if (records.length > 0 && request.trouble('dropKey') !== undefined) {
    const { Id: _id, ...rest } = records[0]!;
    records[0] = rest;
  }
  const version = request.params.version;
  const more = next === undefined ? {} : { nextRecordsUrl: `/services/data/${version}/query/${next}` };
  return { body: { totalSize, done: next === undefined, ...more, records } };
}
