import type { Mapped } from 'isthmus/model';
import type {
  ChangesRequest,
  Http,
  ListRequest,
  Page,
  SourceRecord,
  StreamAbilities,
  StreamMapping,
  WantedFields,
} from 'isthmus/sdk';
import type { RepositoryClient, Row } from './client.ts';
import type { Config } from './config.ts';
import { documentColumns, toDocument } from './mapping/document.ts';
import { folderColumns, toFolder } from './mapping/folder.ts';
import { after, column, KEYSET_ORDER, literal, orderOf, type Position, whereOf } from './statement.ts';

/** What a stream of queried objects is made of. */
export interface StreamPlan {
  readonly type: (config: Config) => string;
  /** The column with the stream's key. */
  readonly key: string;
  readonly columns: (config: Config, wanted?: WantedFields) => readonly string[];
  readonly map: (row: Row, config: Config) => readonly Mapped[];
  /** Servers differ in whether old versions and working copies are found: those are never wanted. */
  readonly isCurrent: (row: Row) => boolean;
}

export const FOLDER: StreamPlan = {
  type: (config) => config.folderType,
  key: 'cmis:objectId',
  columns: folderColumns,
  map: toFolder,
  isCurrent: () => true,
};

export const DOCUMENT: StreamPlan = {
  type: (config) => config.documentType,
  key: 'cmis:versionSeriesId',
  columns: documentColumns,
  map: toDocument,
  isCurrent: (row) => row['cmis:isLatestVersion'] !== false && row['cmis:isPrivateWorkingCopy'] !== true,
};

/** What a plan needs to be read: whose settings, and whom to ask. */
export interface Source {
  readonly config: Config;
  readonly client: RepositoryClient;
}

type Reading = StreamMapping & Pick<StreamAbilities, 'snapshot' | 'changes' | 'list' | 'listIds'>;

export function readingOf(plan: StreamPlan, source: Source): Reading {
  const { pageSize } = source.config;
  return {
    map: (record) => plan.map(record.source as Row, source.config),
    snapshot: (request, http) => window(plan, source, { ...request, pageSize }, http),
    changes: (request, http) => window(plan, source, { ...request, pageSize }, http),
    list: (request, http) => list(plan, source, request, http),
    listIds: (request, http) => listIds(plan, source, request.page, http),
  };
}

/** The head of a statement, and what it asks for. */
export interface Selection {
  readonly text: string;
  readonly columns: readonly string[];
}

export function selectOf(
  plan: StreamPlan,
  { config }: Source,
  more: readonly string[],
  wanted?: WantedFields,
): Selection {
  const columns = [...new Set([...plan.columns(config, wanted), ...more.map(column)])];
  return { text: `SELECT ${columns.join(', ')} FROM ${plan.type(config)}`, columns };
}

/** Some repositories leave out properties that have no value: what was asked for and is not there is null. */
export function withNulls(columns: readonly string[], row: Row): Row {
  const absent = columns.filter((name) => row[name] === undefined);
  return absent.length === 0 ? row : { ...row, ...Object.fromEntries(absent.map((name) => [name, null])) };
}

export function recordOf(plan: StreamPlan, row: Row): SourceRecord {
  const changedAt = row['cmis:lastModificationDate'];
  const createdAt = madeAt(plan, row);
  const key = row[plan.key];
  return {
    // Without a key the record is set aside.
    key: typeof key === 'string' ? key : '',
    source: row,
    ...(typeof changedAt === 'number' ? { changedAt } : {}),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/**
 * When the thing itself was made, which tells whether a key stands for another one now, as after a repository was set
 * up anew. Later versions of a document have stamps of their own.
 */
function madeAt(plan: StreamPlan, row: Row): number | undefined {
  const stamp = row['cmis:creationDate'];
  const isOfVersion = plan === DOCUMENT && row['cmis:versionLabel'] !== '1.0';
  return typeof stamp === 'number' && !isOfVersion ? stamp : undefined;
}

/** One page of what was changed since a moment, or of everything, in the order of stamp and id. */
export async function window(
  plan: StreamPlan,
  source: Source,
  request: Pick<ChangesRequest, 'since' | 'page' | 'select'> & { readonly pageSize: number },
  http: Http,
): Promise<Page> {
  const { since, page, pageSize, select } = request;
  const from: Position | undefined =
    page !== undefined ? (JSON.parse(page) as Position) : since !== undefined ? { stamp: since } : undefined;
  const where = from === undefined ? '' : ` WHERE ${after(from)}`;
  const { text, columns } = selectOf(plan, source, select);
  const { rows, hasMore } = await source.client.query(http, `${text}${where} ${KEYSET_ORDER}`, { maxItems: pageSize });
  const records = rows.filter(plan.isCurrent).map((row) => recordOf(plan, withNulls(columns, row)));
  const next = hasMore ? positionAfter(rows) : undefined;
  return { records, ...(next === undefined ? {} : { next: JSON.stringify(next) }) };
}

/** A row without stamp or id is no place to go on from: the one before it is. */
function positionAfter(rows: readonly Row[]): Position | undefined {
  for (let i = rows.length - 1; i >= 0; i--) {
    const { 'cmis:lastModificationDate': stamp, 'cmis:objectId': objectId } = rows[i]!;
    if (typeof stamp === 'number' && typeof objectId === 'string') return { stamp, objectId };
  }
  return undefined;
}

async function list(plan: StreamPlan, source: Source, request: ListRequest, http: Http): Promise<Page> {
  const skipCount = Number(request.page ?? 0);
  const { text, columns } = selectOf(plan, source, request.select);
  const statement = text + whereOf(request) + orderOf(request);
  const maxItems = Math.min(request.limit - skipCount, source.config.pageSize);
  const { rows, hasMore } = await source.client.query(http, statement, { maxItems, skipCount });
  const records = rows.filter(plan.isCurrent).map((row) => recordOf(plan, withNulls(columns, row)));
  const reached = skipCount + rows.length;
  return { records, ...(hasMore && reached < request.limit ? { next: String(reached) } : {}) };
}

async function listIds(plan: StreamPlan, source: Source, page: string | undefined, http: Http) {
  const flags = plan === DOCUMENT ? ', cmis:versionSeriesId, cmis:isLatestVersion, cmis:isPrivateWorkingCopy' : '';
  const where = page === undefined ? '' : ` WHERE cmis:objectId > ${literal(page)}`;
  const statement = `SELECT cmis:objectId${flags} FROM ${plan.type(source.config)}${where} ORDER BY cmis:objectId ASC`;
  const maxItems = 2 * source.config.pageSize;
  const { rows, hasMore } = await source.client.query(http, statement, { maxItems });
  const keys = rows.filter(plan.isCurrent).map((row) => String(row[plan.key]));
  const last = rows.at(-1)?.['cmis:objectId'];
  return { keys, ...(hasMore && typeof last === 'string' ? { next: last } : {}) };
}
