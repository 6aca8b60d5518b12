import type { SandboxStore } from 'isthmus/sdk/testing';
import { type EntityType, type Navigation, propertyOf, type Row, type Service } from './edm.ts';
import { refuse } from './refusals.ts';
import { keyPredicate } from './resource-path.ts';

/** What of an entity is wanted: own properties (all when absent) and expanded navigations. */
export interface Shape {
  readonly properties?: readonly string[];
  /** Navigations that stand in the answer, by name; absent: all, unexpanded ones deferred. */
  readonly navigations?: readonly string[];
  readonly expanded: ReadonlyMap<string, Shape>;
}

export interface EntityWriting {
  readonly service: Service;
  readonly store: SandboxStore;
  /** The service's root, with which URIs begin; ends in a slash. */
  readonly root: string;
}

/** `$select` and `$expand` as a shape. An expanded property has to be selected too, when anything is. */
export function shapeOf(type: EntityType, select: string, expand: string, service: Service): Shape {
  return shape(type, paths(select), paths(expand), service);
}

function paths(list: string): string[][] {
  return list
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '')
    .map((path) => path.split('/'));
}

function shape(type: EntityType, select: readonly string[][], expand: readonly string[][], service: Service): Shape {
  const selectsAll = select.length === 0 || select.some((path) => path[0] === '*');
  const expanded = new Map<string, Shape>();
  for (const name of new Set(expand.map((path) => path[0]!))) {
    const navigation = navigationOf(type, name);
    if (!selectsAll && !select.some((path) => path[0] === name)) continue;
    const below = (list: readonly string[][]) =>
      list.filter((path) => path[0] === name && path.length > 1).map((path) => path.slice(1));
    expanded.set(name, shape(typeOf(service, navigation.set), below(select), below(expand), service));
  }
  if (selectsAll) return { expanded };
  for (const [name] of select) {
    if (propertyOf(type, name!) === undefined) navigationOf(type, name!);
  }
  const wanted = new Set(select.map((path) => path[0]!));
  return {
    properties: type.properties.map((property) => property.name).filter((name) => wanted.has(name)),
    navigations: type.navigations.map((navigation) => navigation.name).filter((name) => wanted.has(name)),
    expanded,
  };
}

export function typeOf(service: Service, set: string): EntityType {
  const type = service.types.find((candidate) => candidate.set === set);
  if (type === undefined) throw new RangeError(`${service.name} has no ${set}`);
  return type;
}

function navigationOf(type: EntityType, name: string): Navigation {
  const navigation = type.navigations.find((candidate) => candidate.name === name);
  if (navigation === undefined) {
    return refuse(400, `Property ${name} not found in type ${type.set}Type`, '/IWBEP/CM_MGW_RT/022');
  }
  return navigation;
}

/** Stored rows (JSON texts) as entities (JSON texts), in order. */
export function writeEntities(
  docs: readonly string[],
  type: EntityType,
  wanted: Shape,
  writing: EntityWriting,
): string[] {
  const isWhole = wanted.properties === undefined && wanted.expanded.size === 0;
  const rows = isWhole ? undefined : docs.map((doc) => JSON.parse(doc) as Row);
  const inlined = new Map<string, readonly string[]>();
  for (const [name, below] of wanted.expanded) {
    inlined.set(name, expandAll(rows!, navigationOf(type, name), below, writing));
  }
  return docs.map((doc, at) => {
    const row = rows?.[at];
    const head =
      row === undefined ? headOf(doc, type) : { predicate: keyPredicate(type, row), etag: etagOf(type, row) };
    const uri = `${writing.root}${type.set}${head.predicate}`;
    const metadata = `{"__metadata":{"id":"${uri}","uri":"${uri}","type":"${writing.service.namespace}.${type.set}Type"${
      head.etag === undefined ? '' : `,"etag":${JSON.stringify(head.etag)}`
    }}`;
    const own =
      wanted.properties === undefined
        ? `,${doc.slice(1, -1)}`
        : wanted.properties.map((name) => `,"${name}":${JSON.stringify(row![name] ?? null)}`).join('');
    let links = '';
    for (const { name } of type.navigations) {
      if (wanted.navigations !== undefined && !wanted.navigations.includes(name)) continue;
      links += `,"${name}":${inlined.get(name)?.[at] ?? `{"__deferred":{"uri":"${uri}/${name}"}}`}`;
    }
    return `${metadata}${own}${links}}`;
  });
}

/** For each row the JSON of what its navigation leads to; one statement for all. */
function expandAll(rows: readonly Row[], navigation: Navigation, below: Shape, writing: EntityWriting): string[] {
  const type = typeOf(writing.service, navigation.set);
  const table = writing.store.table(navigation.set);
  const [ownFirst, otherFirst] = navigation.on[0]!;
  const values = [...new Set(rows.map((row) => row[ownFirst]))];
  const docs = table.selectJson({
    where: { sql: `${table.column(otherFirst)} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(values)] },
  });
  const entities = writeEntities(docs, type, below, writing);
  const found = new Map<string, string[]>();
  docs.forEach((doc, at) => {
    const other = JSON.parse(doc) as Row;
    const joined = navigation.on.map(([, name]) => String(other[name])).join('|');
    const list = found.get(joined);
    if (list === undefined) found.set(joined, [entities[at]!]);
    else list.push(entities[at]!);
  });
  return rows.map((row) => {
    const list = found.get(navigation.on.map(([name]) => String(row[name])).join('|')) ?? [];
    return navigation.isMany ? `{"results":[${list.join(',')}]}` : (list[0] ?? 'null');
  });
}

export function etagOf(type: EntityType, row: Readonly<Row>): string | undefined {
  return type.etag === undefined ? undefined : etagOfValue(String(row[type.etag] ?? ''));
}

function etagOfValue(value: string): string {
  const date = /^\/Date\((\d+)/.exec(value);
  if (date === null) return `W/"'${value}'"`;
  const text = new Date(Number(date[1])).toISOString().replace(/\.\d+Z$/, '.0000000Z');
  return `W/"datetimeoffset'${text.replaceAll(':', '%3A')}'"`;
}

/** Key and ETag read off the beginning of a stored row, where they stand, without parsing the whole. */
function headOf(doc: string, type: EntityType): { readonly predicate: string; readonly etag: string | undefined } {
  const values: Row = {};
  let at = 1;
  for (const name of type.etag === undefined ? type.key : [...type.key, type.etag]) {
    const opening = `"${name}":"`;
    const from = at + opening.length;
    const to = doc.indexOf('"', from);
    const value = doc.slice(from, to);
    if (!doc.startsWith(opening, at) || value.includes('\\')) {
      const row = JSON.parse(doc) as Row;
      return { predicate: keyPredicate(type, row), etag: etagOf(type, row) };
    }
    values[name] = value;
    at = to + 2;
  }
  return { predicate: keyPredicate(type, values), etag: etagOf(type, values) };
}
