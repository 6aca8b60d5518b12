import type { SandboxReply, SandboxRequest } from 'isthmus/sdk/testing';
import { completeRow, type EntityType, propertyOf, type Row, withoutLeadingZeros } from './edm.ts';
import { type EntityWriting, etagOf, typeOf, writeEntities } from './entity-json.ts';
import { refuse } from './refusals.ts';
import { keyPredicate, type ResourcePath, storedKey } from './resource-path.ts';
import { LIMIT_CHANGED } from './tables.ts';

const NUMBER_RANGES: Readonly<Record<string, number>> = {
  A_BusinessPartner: 1_900_000,
  A_SalesOrder: 90_000_000,
  A_PurchaseOrder: 4_590_000_000,
  A_BusinessPartnerAddress: 900_000,
};

/** POST, PATCH, MERGE, PUT and DELETE, as one commit each. */
export function edit(resource: ResourcePath, request: SandboxRequest, writing: EntityWriting): SandboxReply {
  const tunnelled = request.headers['x-http-method'];
  const method = request.method === 'POST' && typeof tunnelled === 'string' ? tunnelled : request.method;
  return writing.store.transaction(() => {
    if (method === 'POST') return create(resource, body(request), writing);
    if (method === 'DELETE') return remove(resource, request, writing);
    return change(resource, method, request, writing);
  });
}

function body(request: SandboxRequest): Row {
  try {
    const parsed = request.json<Row | { readonly d: Row }>();
    return (parsed.d ?? parsed) as Row;
  } catch {
    return refuse(400, 'The request body is not valid JSON', '/IWCOR/CX_DS_EP_PARSER_ERROR/001');
  }
}

function create(resource: ResourcePath, given: Row, writing: EntityWriting): SandboxReply {
  const { type } = resource;
  let row: Row;
  let created = type;
  if (resource.navigation === undefined) {
    row = insert(type, given, writing);
  } else {
    const parent = existing(type, resource.key, writing);
    const navigation = type.navigations.find((candidate) => candidate.name === resource.navigation)!;
    created = typeOf(writing.service, navigation.set);
    const links = Object.fromEntries(navigation.on.map(([own, other]) => [other, parent[own]]));
    row = insert(created, { ...given, ...links }, writing);
  }
  stampHeader(created, row, writing);
  const etag = etagOf(created, row);
  const doc = writing.store.table(created.set).get(storedKey(created, (name) => row[name]));
  return {
    status: 201,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      location: `${writing.root}${created.set}${keyPredicate(created, row)}`,
      ...(etag === undefined ? {} : { etag }),
    },
    body: `{"d":${writeEntities([JSON.stringify(doc)], created, { expanded: new Map() }, writing)[0]}}`,
  };
}

/** A row and, deep, what stands in its navigations. */
function insert(type: EntityType, given: Row, writing: EntityWriting): Row {
  if (!type.canCreate) refuse(405, `Method 'POST' not allowed for ${type.set}`);
  const own = numbered(type, checked(type, given, 'create'), writing);
  const table = writing.store.table(type.set);
  const key = storedKey(type, (name) => own[name]);
  if (table.get(key) !== undefined)
    refuse(400, `${type.set} ${key} already exists`, '/IWBEP/CX_MGW_BUSI_EXCEPTION/DUPLICATE');
  const row = table.insert(completeRow(type, own));
  for (const navigation of type.navigations) {
    const nested = given[navigation.name] as Row | readonly Row[] | undefined | null;
    if (nested === undefined || nested === null || '__deferred' in nested) continue;
    const children = Array.isArray(nested) ? nested : ((nested as { results?: Row[] }).results ?? [nested]);
    const target = typeOf(writing.service, navigation.set);
    children.forEach((child: Row, at: number) => {
      const links = Object.fromEntries(navigation.on.map(([from, to]) => [to, row[from]]));
      const lastKey = target.key.at(-1)!;
      const position = child[lastKey] ?? links[lastKey] ?? String(10 * (at + 1));
      insert(target, { ...child, [lastKey]: position, ...links }, writing);
    });
  }
  return row;
}

function change(resource: ResourcePath, method: string, request: SandboxRequest, writing: EntityWriting): SandboxReply {
  const { type } = resource;
  if (!type.canUpdate || resource.navigation !== undefined) refuse(405, `Method '${method}' not allowed`);
  const before = existing(type, resource.key, writing);
  checkPrecondition(type, before, request);
  const given = checked(type, body(request), 'update');
  const initial = method === 'PUT' ? withoutKey(type, completeRow(type, {})) : {};
  const after: Row = { ...initial, ...given };
  if ('CreditLimitAmount' in after && Number(after.CreditLimitAmount) !== Number(before.CreditLimitAmount)) {
    after[LIMIT_CHANGED] = true;
  }
  const row = writing.store.table(type.set).update(resource.key!, after)!;
  stampHeader(type, row, writing);
  const etag = etagOf(type, row);
  return { status: 204, headers: etag === undefined ? {} : { etag } };
}

function remove(resource: ResourcePath, request: SandboxRequest, writing: EntityWriting): SandboxReply {
  const { type } = resource;
  if (!type.canDelete || resource.navigation !== undefined) refuse(405, "Method 'DELETE' not allowed");
  const row = existing(type, resource.key, writing);
  checkPrecondition(type, row, request);
  for (const child of writing.service.types.filter((candidate) => candidate.header?.set === type.set)) {
    const table = writing.store.table(child.set);
    const column = table.column(type.key[0]!);
    const parts = table.select({ where: { sql: `${column} = ?`, params: [String(row[type.key[0]!])] } });
    for (const part of parts) table.delete(table.keyOf(part));
  }
  writing.store.table(type.set).delete(resource.key!);
  stampHeader(type, row, writing);
  return { status: 204 };
}

function existing(type: EntityType, key: string | undefined, writing: EntityWriting): Row {
  const row = key === undefined ? undefined : writing.store.table(type.set).get(key);
  return row ?? refuse(404, `Resource not found for the segment '${type.set}'`, '/IWBEP/CM_MGW_RT/020');
}

function checkPrecondition(type: EntityType, row: Row, request: SandboxRequest): void {
  const etag = etagOf(type, row);
  if (etag === undefined) return;
  const wanted = request.headers['if-match'];
  if (wanted === undefined) refuse(428, 'Precondition required: send If-Match');
  if (wanted !== '*' && wanted !== etag) refuse(412, 'Precondition failed: the entity has been changed');
}

/** Own properties of the body, in stored form; keys may not be changed. */
function checked(type: EntityType, given: Row, operation: 'create' | 'update'): Row {
  const own: Row = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === '__metadata' || type.navigations.some((navigation) => navigation.name === name)) continue;
    const property = propertyOf(type, name);
    if (property === undefined) refuse(400, `Property ${name} is invalid for ${type.set}`, '/IWBEP/CM_MGW_RT/022');
    if (operation === 'update' && type.key.includes(name)) continue;
    if (typeof value === 'string' && property.maxLength !== undefined && value.length > property.maxLength) {
      refuse(400, `Property ${name} has a value longer than ${property.maxLength}`, '/IWBEP/CM_MGW_RT/026');
    }
    if (property.type === 'Edm.Decimal' && typeof value !== 'string') {
      refuse(400, `Property ${name}: a decimal is written as a string`, '/IWBEP/CM_MGW_RT/024');
    }
    own[name] = property.isAlpha === true && typeof value === 'string' ? withoutLeadingZeros(value) : value;
  }
  return own;
}

function withoutKey(type: EntityType, row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !type.key.includes(name) && !/^Creat/.test(name)));
}

/** A number of the set's range where none is given. */
function numbered(type: EntityType, own: Row, writing: EntityWriting): Row {
  const name = type.set === 'A_BusinessPartnerAddress' ? 'AddressID' : type.key[0]!;
  const first = NUMBER_RANGES[type.set];
  if (first === undefined || own[name]) return own;
  const setting = `number/${type.set}`;
  const next = Number(writing.store.getSetting(setting) ?? first) + 1;
  writing.store.setSetting(setting, String(next));
  return { ...own, [name]: String(next) };
}

/** A change of an item is a change of its document: the header's stamp moves, and its total follows. */
function stampHeader(type: EntityType, row: Row, writing: EntityWriting): void {
  if (type.header === undefined) return;
  const header = writing.store.table(type.header.set);
  const key = String(row[type.header.on[0]!]);
  const change: Row = {};
  if (type.set === 'A_SalesOrderItem') {
    const items = writing.store.table(type.set);
    const lines = items.select({ where: { sql: `${items.column('SalesOrder')} = ?`, params: [key] } });
    const open = lines.filter((line) => line.SalesDocumentRjcnReason === '');
    change.TotalNetAmount = open.reduce((sum, line) => sum + Number(line.NetAmount), 0).toFixed(2);
  }
  header.update(key, change);
}
