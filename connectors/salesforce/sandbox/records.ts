import { SandboxRefusal, type SandboxReply, type SandboxRequest } from 'isthmus/sdk/testing';
import { findField, type SandboxObject, visibleFields } from './objects.ts';
import { fromApiTime, fullId, type Org, type Row } from './org.ts';
import { objectOfId, Projection, pathOf } from './projection.ts';
import { type ApiError, refuse } from './refusals.ts';
import type { RecordWrites } from './writes.ts';

const MAX_RETRIEVE = 2000;
const MAX_WRITE = 200;

interface ItemResult {
  readonly id?: string;
  readonly success: boolean;
  readonly created?: boolean;
  readonly errors: readonly (ApiError & { readonly statusCode?: string })[];
}

/** Single records by id or external id, and the collections endpoints. */
export class RecordEndpoints {
  readonly #org: Org;
  readonly #writes: RecordWrites;

  constructor(org: Org, writes: RecordWrites) {
    this.#org = org;
    this.#writes = writes;
  }

  get(request: SandboxRequest): SandboxReply {
    const object = this.#org.object(request.params.type!);
    const row = this.#writes.living(object, request.params.id!);
    const changedAt = fromApiTime(row.LastModifiedDate as string);
    const since = request.headers['if-modified-since'];
    if (since !== undefined && changedAt.getTime() <= Date.parse(since)) return { status: 304 };
    return this.#one(request, object, row);
  }

  getByExternalId(request: SandboxRequest): SandboxReply {
    const { object, rows } = this.#byExternalId(request);
    if (rows.length > 1) return choices(request, object, rows);
    if (rows.length === 0) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
    return this.#one(request, object, rows[0]!);
  }

  create(request: SandboxRequest): SandboxReply {
    const object = this.#org.object(request.params.type!);
    const id = this.#writes.create(object, bodyOf(request));
    return { status: 201, body: { id, success: true, errors: [] } };
  }

  update(request: SandboxRequest): SandboxReply {
    const object = this.#org.object(request.params.type!);
    const row = this.#writes.living(object, request.params.id!);
    checkPreconditions(request, object, row);
    this.#writes.update(object, row.Id as string, bodyOf(request));
    return { status: 204 };
  }

  upsert(request: SandboxRequest): SandboxReply {
    const { object, rows, fieldName, value } = this.#byExternalId(request);
    if (rows.length > 1) return choices(request, object, rows);
    const row = rows[0];
    if (row !== undefined) {
      this.#writes.update(object, row.Id as string, bodyOf(request));
      return { body: { id: row.Id, success: true, errors: [], created: false } };
    }
    if (request.query.get('updateOnly') === 'true')
      throw refuse(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible');
    const id = this.#writes.create(object, { ...bodyOf(request), [fieldName]: value });
    return { status: 201, body: { id, success: true, errors: [], created: true } };
  }

  remove(request: SandboxRequest): SandboxReply {
    this.#writes.remove(this.#org.object(request.params.type!), request.params.id!);
    return { status: 204 };
  }

  /** In the order asked for, null for what is unknown or deleted. An unreadable field refuses the whole call. */
  retrieve(request: SandboxRequest): SandboxReply {
    const object = this.#org.object(request.params.type!);
    const asked =
      request.method === 'GET'
        ? { ids: list(request, 'ids'), fields: list(request, 'fields') }
        : request.json<{ ids: string[]; fields: string[] }>();
    if (asked.ids.length > MAX_RETRIEVE) throw tooMany(MAX_RETRIEVE);
    const projection = this.#projection(request, object, asked.fields);
    const rows = this.#org.table(object).getMany(asked.ids.map((id) => fullId(id) ?? ''));
    const isLiving = (row: Row | undefined): row is Row => row?.IsDeleted === false;
    const records = projection.project(rows.filter(isLiving));
    let at = 0;
    return { body: rows.map((row) => (isLiving(row) ? records[at++]! : null)) };
  }

  writeMany(request: SandboxRequest): SandboxReply {
    const asked = request.json<{ allOrNone?: boolean; records?: Row[] }>();
    const records = asked.records ?? [];
    if (records.length > MAX_WRITE) throw tooMany(MAX_WRITE);
    return this.#each(records, asked.allOrNone ?? false, (record) => {
      const type = (record.attributes as { type?: string } | undefined)?.type;
      if (type === undefined) throw refuse(400, 'INVALID_TYPE', 'The attributes member names no type');
      const object = this.#org.object(type);
      if (request.method === 'POST') return { id: this.#writes.create(object, record) };
      const { id, Id, ...values } = record;
      const key = String(id ?? Id ?? '');
      this.#writes.update(object, key, values);
      return { id: fullId(key)! };
    });
  }

  upsertMany(request: SandboxRequest): SandboxReply {
    const object = this.#org.object(request.params.type!);
    const fieldName = request.params.field!;
    const asked = request.json<{ allOrNone?: boolean; records?: Row[] }>();
    const records = asked.records ?? [];
    if (records.length > MAX_WRITE) throw tooMany(MAX_WRITE);
    return this.#each(records, asked.allOrNone ?? false, (record) => {
      const rows = this.#withExternalId(object, fieldName, String(record[fieldName] ?? ''));
      if (rows.length > 1)
        throw refuse(300, 'DUPLICATE_EXTERNAL_ID', 'more than one record found for external id field');
      const row = rows[0];
      if (row === undefined) return { id: this.#writes.create(object, record), created: true };
      this.#writes.update(object, row.Id as string, record);
      return { id: row.Id as string, created: false };
    });
  }

  removeMany(request: SandboxRequest): SandboxReply {
    const ids = list(request, 'ids');
    if (ids.length > MAX_WRITE) throw tooMany(MAX_WRITE);
    return this.#each(ids, request.query.get('allOrNone') === 'true', (id) => {
      const object = objectOfId(this.#org, id);
      if (object === undefined) throw refuse(400, 'MALFORMED_ID', `malformed id ${id}`);
      this.#writes.remove(object, id);
      return { id: fullId(id)! };
    });
  }

  /** One outcome per item; with `allOrNone` the innocent carry a code of their own. */
  #each<T>(
    items: readonly T[],
    allOrNone: boolean,
    write: (item: T) => { id: string; created?: boolean },
  ): SandboxReply {
    const results: ItemResult[] = [];
    const rollBack = new Error('rolled back');
    try {
      this.#org.store.transaction(() => {
        for (const item of items) results.push(outcomeOf(() => write(item)));
        if (allOrNone && results.some((result) => !result.success)) throw rollBack;
      });
    } catch (error) {
      if (error !== rollBack) throw error;
      const rolledBack = {
        statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
        message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
        fields: [],
      };
      return { body: results.map((result) => (result.success ? { success: false, errors: [rolledBack] } : result)) };
    }
    return { body: results };
  }

  #one(request: SandboxRequest, object: SandboxObject, row: Row): SandboxReply {
    const asked = request.query.get('fields');
    const fields = asked === null ? visibleFields(object).map((field) => field.name) : asked.split(',');
    const [body] = this.#projection(request, object, fields).project([row]);
    const headers: Record<string, string> = {
      'last-modified': fromApiTime(row.LastModifiedDate as string).toUTCString(),
    };
    if (object.name === 'Account') headers.etag = etagOf(row);
    return { headers, body: body! };
  }

  #projection(request: SandboxRequest, object: SandboxObject, names: readonly string[]): Projection {
    const paths = names.map((name) => {
      const field = findField(object, name.trim());
      if (field === undefined)
        throw refuse(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
      return pathOf(this.#org, object, field);
    });
    return new Projection(this.#org, object, paths, request.params.version!);
  }

  #byExternalId(request: SandboxRequest) {
    const object = this.#org.object(request.params.type!);
    const fieldName = request.params.field!;
    const value = request.params.value!;
    return { object, fieldName, value, rows: this.#withExternalId(object, fieldName, value) };
  }

  #withExternalId(object: SandboxObject, fieldName: string, value: string): Row[] {
    const field = findField(object, fieldName);
    if (field?.externalId !== true)
      throw refuse(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${fieldName}`);
    const table = this.#org.table(object);
    const sql = `${table.column(field.name)} = ? AND ${table.column('IsDeleted')} = 0`;
    return table.select({ where: { sql, params: [value] } });
  }
}

function outcomeOf(write: () => { id: string; created?: boolean }): ItemResult {
  try {
    return { ...write(), success: true, errors: [] };
  } catch (error) {
    if (!(error instanceof SandboxRefusal)) throw error;
    const [{ errorCode, message, fields }] = error.reply.body as [ApiError];
    return {
      success: false,
      errors: [{ statusCode: errorCode, message, fields: fields ?? [] } as unknown as ApiError],
    };
  }
}

function choices(request: SandboxRequest, object: SandboxObject, rows: readonly Row[]): SandboxReply {
  const base = `/services/data/${request.params.version}/sobjects/${object.name}`;
  return { status: 300, body: rows.map((row) => `${base}/${row.Id as string}`) };
}

function checkPreconditions(request: SandboxRequest, object: SandboxObject, row: Row): void {
  const unmodifiedSince = request.headers['if-unmodified-since'];
  const changedAt = fromApiTime(row.LastModifiedDate as string).getTime();
  const isNewer = unmodifiedSince !== undefined && changedAt > Date.parse(unmodifiedSince);
  const ifMatch = object.name === 'Account' ? request.headers['if-match'] : undefined;
  if (isNewer || (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(row)))
    throw refuse(412, 'ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE', 'The record was changed since');
}

function etagOf(row: Row): string {
  return `"${Buffer.from(String(row.LastModifiedDate)).toString('base64url')}--gzip"`;
}

function bodyOf(request: SandboxRequest): Row {
  try {
    return request.json<Row>();
  } catch {
    throw refuse(400, 'JSON_PARSER_ERROR', 'The request body is not JSON');
  }
}

function list(request: SandboxRequest, name: string): string[] {
  return (request.query.get(name) ?? '').split(',').filter((part) => part !== '');
}

function tooMany(limit: number): Error {
  return refuse(400, 'TOO_MANY_RECORDS', `The maximum number of records is ${limit}`);
}
