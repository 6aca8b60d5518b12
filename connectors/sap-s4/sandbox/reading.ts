import type { SandboxReply, SandboxRequest, Selection, SqlCondition, SqlValue } from 'isthmus/sdk/testing';
import { type EntityType, propertyOf } from './edm.ts';
import { type EntityWriting, etagOf, shapeOf, typeOf, writeEntities } from './entity-json.ts';
import { filterCondition, sqlOf } from './filter.ts';
import { refuse } from './refusals.ts';
import type { ResourcePath } from './resource-path.ts';

const JSON_HEADERS = { 'content-type': 'application/json;charset=utf-8', dataserviceversion: '2.0' };

/** GET on an entity set, an entity, a navigation, or `$count` of these. */
export function read(resource: ResourcePath, request: SandboxRequest, writing: EntityWriting): SandboxReply {
  const format = request.query.get('$format');
  if (format !== null && format !== 'json') refuse(400, `Format ${format} is not supported here`);
  if (resource.key === undefined) return readSet(resource.type, undefined, resource.isCount, request, writing);
  const table = writing.store.table(resource.type.set);
  const row = table.get(resource.key);
  if (row === undefined) {
    return refuse(404, `Resource not found for the segment '${resource.type.set}'`, '/IWBEP/CM_MGW_RT/020');
  }
  if (resource.navigation === undefined) return readEntity(resource.type, JSON.stringify(row), request, writing);
  const navigation = resource.type.navigations.find((candidate) => candidate.name === resource.navigation)!;
  const target = typeOf(writing.service, navigation.set);
  const rows = writing.store.table(target.set);
  const where = {
    sql: navigation.on.map(([, other]) => `${sqlOf(propertyOf(target, other)!, target, rows)} = ?`).join(' AND '),
    params: navigation.on.map(([own]) => sqlValue(row[own])),
  };
  if (navigation.isMany) return readSet(target, where, resource.isCount, request, writing);
  const [doc] = rows.selectJson({ where, limit: 1 });
  if (doc === undefined) return refuse(404, `Resource not found for the segment '${navigation.name}'`);
  return readEntity(target, doc, request, writing);
}

function readEntity(type: EntityType, doc: string, request: SandboxRequest, writing: EntityWriting): SandboxReply {
  const wanted = shapeOf(type, request.query.get('$select') ?? '', request.query.get('$expand') ?? '', writing.service);
  const etag = etagOf(type, JSON.parse(doc));
  return {
    headers: etag === undefined ? JSON_HEADERS : { ...JSON_HEADERS, etag },
    body: `{"d":${writeEntities([doc], type, wanted, writing)[0]}}`,
  };
}

function readSet(
  type: EntityType,
  parent: SqlCondition | undefined,
  isCount: boolean,
  request: SandboxRequest,
  writing: EntityWriting,
): SandboxReply {
  const { query } = request;
  const table = writing.store.table(type.set);
  const filter = query.get('$filter');
  const where = allOf([parent, filter ? filterCondition(filter, type, table) : undefined]);
  if (isCount) return { headers: { 'content-type': 'text/plain;charset=utf-8' }, body: String(table.count(where)) };

  const wanted = shapeOf(type, query.get('$select') ?? '', query.get('$expand') ?? '', writing.service);
  const asked = wholeNumber(query, '$top');
  const from = wholeNumber(query, '$skiptoken') ?? wholeNumber(query, '$skip') ?? 0;
  const limit = Math.min(asked ?? Number.POSITIVE_INFINITY, writing.service.pageCap);
  const selection: Selection = { where, orderBy: orderBy(query.get('$orderby') ?? '', type, writing), limit };
  const start = request.trouble('repeatPage') === undefined ? from : 0;
  const docs = limit === 0 ? [] : table.selectJson({ ...selection, offset: start });
  let entities = writeEntities(docs, type, wanted, writing);
  if (entities.length > 0 && request.trouble('dropKey') !== undefined) {
    entities = [entities[0]!.replace(new RegExp(`"${type.key[0]}":"[^"]*",?`), ''), ...entities.slice(1)];
  }
  const count = query.get('$inlinecount') === 'allpages' ? `"__count":"${table.count(where)}",` : '';
  // As Gateway does: a full page is followed by a link, even where nothing more comes.
  const hasMore = docs.length === limit && limit > 0 && (asked === undefined || asked > limit);
  const next = hasMore
    ? `,"__next":${JSON.stringify(nextLink(type, parent, request, from + limit, asked, writing))}`
    : '';
  return { headers: JSON_HEADERS, body: `{"d":{${count}"results":[${entities.join(',')}]${next}}}` };
}

function nextLink(
  type: EntityType,
  parent: SqlCondition | undefined,
  request: SandboxRequest,
  from: number,
  asked: number | undefined,
  writing: EntityWriting,
): string {
  const query = new URLSearchParams(request.query);
  query.delete('$skip');
  if (asked !== undefined) query.set('$top', String(asked - writing.service.pageCap));
  query.set('$skiptoken', String(from));
  const text = [...query].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const path = parent === undefined ? type.set : request.path.split(`/${writing.service.name}/`)[1]!;
  return `${writing.root}${path}?${text}`;
}

function orderBy(text: string, type: EntityType, writing: EntityWriting): string {
  const table = writing.store.table(type.set);
  const terms = text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => {
      const [name, direction] = term.split(/\s+/);
      const property = propertyOf(type, name!);
      if (property === undefined) return refuse(400, `Property ${name} not found in type ${type.set}Type`);
      return `${sqlOf(property, type, table)} ${direction === 'desc' ? 'DESC' : 'ASC'}`;
    });
  return [...terms, 'key'].join(', ');
}

function allOf(conditions: readonly (SqlCondition | undefined)[]): SqlCondition | undefined {
  const given = conditions.filter((condition) => condition !== undefined);
  if (given.length === 0) return undefined;
  return {
    sql: given.map((condition) => `(${condition.sql})`).join(' AND '),
    params: given.flatMap((condition) => condition.params ?? []),
  };
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) refuse(400, `Invalid value '${text}' for ${name}`);
  return Number(text);
}

function sqlValue(value: unknown): SqlValue {
  const date = typeof value === 'string' ? /^\/Date\((-?\d+)/.exec(value) : null;
  return date === null ? (value as SqlValue) : Number(date[1]);
}
