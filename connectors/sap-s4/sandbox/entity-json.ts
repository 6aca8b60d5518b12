import type { SandboxStore } from 'isthmus/sdk/testing';
import { type EntityType, type Navigation, propertyOf, type Row, type Service } from './edm.ts';
import { refuse } from './refusals.ts';
import { keyPredicate } from './resource-path.ts';
import { fieldText, fieldValue, membersText } from './row-text.ts';

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
  const inlined = new Map<string, readonly string[]>();
  for (const [name, below] of wanted.expanded) {
    inlined.set(name, expandAll(docs, type, navigationOf(type, name), below, writing));
  }
  const links = type.navigations.filter(({ name }) => wanted.navigations?.includes(name) ?? true);
  const typeName = `${writing.service.namespace}.${type.set}Type`;
  return docs.map((doc, at) => {
    const { predicate, etag } = headOf(doc, type);
    const uri = `${writing.root}${type.set}${predicate}`;
    const tag = etag === undefined ? '' : `,"etag":${JSON.stringify(etag)}`;
    let text = `{"__metadata":{"id":"${uri}","uri":"${uri}","type":"${typeName}"${tag}}`;
    text += wanted.properties === undefined ? `,${doc.slice(1, -1)}` : membersText(doc, type, wanted.properties);
    for (const { name } of links) {
      text += `,"${name}":${inlined.get(name)?.[at] ?? `{"__deferred":{"uri":"${uri}/${name}"}}`}`;
    }
    return `${text}}`;
  });
}

/** For each row the JSON of what its navigation leads to; one statement for all. */
function expandAll(
  rows: readonly string[],
  type: EntityType,
  navigation: Navigation,
  below: Shape,
  writing: EntityWriting,
): string[] {
  const target = typeOf(writing.service, navigation.set);
  const table = writing.store.table(navigation.set);
  const [ownFirst, otherFirst] = navigation.on[0]!;
  const values = new Set(rows.map((doc) => fieldText(doc, type, ownFirst).text));
  const column = table.column(otherFirst);
  const docs = table.selectJson({
    where: { sql: `${column} IN (SELECT value FROM json_each(?))`, params: [`[${[...values].join(',')}]`] },
  });
  const entities = writeEntities(docs, target, below, writing);
  const found = new Map<string, string[]>();
  docs.forEach((doc, at) => {
    const joined = joinedText(doc, target, navigation, 1);
    const list = found.get(joined);
    if (list === undefined) found.set(joined, [entities[at]!]);
    else list.push(entities[at]!);
  });
  return rows.map((doc) => {
    const list = found.get(joinedText(doc, type, navigation, 0)) ?? [];
    return navigation.isMany ? `{"results":[${list.join(',')}]}` : (list[0] ?? 'null');
  });
}

function joinedText(doc: string, type: EntityType, navigation: Navigation, side: 0 | 1): string {
  return navigation.on.map((pair) => fieldText(doc, type, pair[side]).text).join('|');
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

function headOf(doc: string, type: EntityType): { readonly predicate: string; readonly etag: string | undefined } {
  const values: Row = {};
  for (const name of type.key) values[name] = fieldValue(doc, type, name);
  if (type.etag !== undefined) values[type.etag] = fieldValue(doc, type, type.etag);
  return { predicate: keyPredicate(type, values), etag: etagOf(type, values) };
}
