import type { SandboxReply, SandboxRequest } from 'isthmus/sdk/testing';
import { isNumber, isText, type SandboxField } from './fields.ts';
import { type SandboxObject, visibleFields } from './objects.ts';
import type { Org } from './org.ts';
import { refuse } from './refusals.ts';

/** What the org looks like to the connection's user: hidden fields are not there. */
export function describeGlobal(org: Org, request: SandboxRequest): SandboxReply {
  const sobjects = [...org.objects.values()].map((object) => summary(object, request));
  return { body: { encoding: 'UTF-8', maxBatchSize: 200, sobjects } };
}

export function basicInformation(org: Org, request: SandboxRequest): SandboxReply {
  return { body: { objectDescribe: summary(org.object(request.params.type!), request), recentItems: [] } };
}

export function describeObject(org: Org, request: SandboxRequest): SandboxReply {
  const object = org.object(request.params.type!);
  const childRelationships = [...org.objects.values()].flatMap((child) =>
    visibleFields(child)
      .filter((field) => field.referenceTo === object.name)
      .map((field) => ({ childSObject: child.name, field: field.name, relationshipName: null, cascadeDelete: false })),
  );
  const fields = visibleFields(object).map(describeField);
  return { body: { ...summary(object, request), fields, childRelationships, recordTypeInfos: [] } };
}

function summary(object: SandboxObject, request: SandboxRequest): object {
  const base = `/services/data/${request.params.version}/sobjects/${object.name}`;
  return {
    name: object.name,
    label: object.name,
    labelPlural: `${object.name}s`,
    keyPrefix: object.keyPrefix,
    custom: false,
    createable: object.isWritable,
    updateable: object.isWritable,
    deletable: object.isWritable,
    queryable: true,
    retrieveable: true,
    replicateable: true,
    searchable: true,
    undeletable: object.isWritable,
    urls: { sobject: base, describe: `${base}/describe`, rowTemplate: `${base}/{ID}` },
  };
}

const SOAP_TYPES: Partial<Record<SandboxField['type'], string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
};

function describeField(field: SandboxField): object {
  return {
    name: field.name,
    label: field.label,
    type: field.type,
    soapType: SOAP_TYPES[field.type] ?? 'xsd:string',
    length: isText(field) ? field.length : 0,
    byteLength: isText(field) ? field.length * 3 : 0,
    precision: isNumber(field) ? 18 : 0,
    scale: field.type === 'currency' ? 2 : 0,
    digits: field.type === 'int' ? 8 : 0,
    nillable: field.nillable,
    createable: field.createable,
    updateable: field.updateable,
    calculated: false,
    custom: field.custom,
    externalId: field.externalId,
    idLookup: field.externalId || field.type === 'id',
    unique: false,
    filterable: true,
    sortable: true,
    groupable: false,
    defaultedOnCreate: field.type === 'boolean' || field.name === 'OwnerId',
    nameField: field.name === 'Name' || field.name === 'CaseNumber',
    restrictedPicklist: field.restricted,
    picklistValues: (field.picklist ?? []).map((value) => ({ value, label: value, active: true, defaultValue: false })),
    referenceTo: field.referenceTo === undefined ? [] : [field.referenceTo],
    relationshipName: field.relationshipName ?? null,
  };
}

const DAY_MS = 24 * 3600 * 1000;

/** `updated` and `deleted`: ids in a window of the last 30 and 15 days, seconds dropped. */
export function replication(org: Org, request: SandboxRequest, what: 'updated' | 'deleted'): SandboxReply {
  const object = org.object(request.params.type!);
  const start = minute(request.query.get('start'));
  const end = minute(request.query.get('end'));
  const days = what === 'updated' ? 30 : 15;
  const earliest = org.clock.nowMs() - days * DAY_MS;
  if (!(start < end)) throw refuse(400, 'INVALID_REPLICATION_DATE', 'startDate before endDate');
  if (start < earliest) throw refuse(400, 'INVALID_REPLICATION_DATE', `startDate is more than ${days} days ago`);
  const table = org.table(object);
  const stamp = table.column('SystemModstamp');
  const window = [apiText(start), apiText(end)];
  const latestDateCovered = apiText(end);
  if (what === 'updated') {
    const sql = `${stamp} >= ? AND ${stamp} < ? AND ${table.column('IsDeleted')} = 0`;
    return { body: { ids: table.selectKeys({ where: { sql, params: window } }), latestDateCovered } };
  }
  const deletions = new Map<string, string>();
  for (const commit of org.store.commits.entries({ table: object.name })) {
    const at = Date.parse(commit.stampedAt);
    if (commit.operation !== 'delete') deletions.delete(commit.key);
    else if (at >= start && at < end) deletions.set(commit.key, apiText(at));
  }
  const deletedRecords = [...deletions].map(([id, deletedDate]) => ({ id, deletedDate }));
  return { body: { deletedRecords, earliestDateAvailable: apiText(earliest), latestDateCovered } };
}

function minute(text: string | null): number {
  const at = Date.parse((text ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2').replace(' ', '+'));
  if (Number.isNaN(at)) throw refuse(400, 'INVALID_REPLICATION_DATE', 'a date is missing or unreadable');
  return at - (at % 60_000);
}

function apiText(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}
