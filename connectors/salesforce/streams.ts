import type { Mapped } from 'isthmus/model';
import {
  type ChangesRequest,
  type Http,
  hasCode,
  type ListRequest,
  type Page,
  type SourceRecord,
  type StreamAbilities,
  type StreamMapping,
  type WantedFields,
} from 'isthmus/sdk';
import { query, queryPath, type Row } from './client.ts';
import type { Config } from './config.ts';
import type { StreamName } from './manifest.ts';
import { allFields, type FieldTable, fieldsFor } from './mapping/columns.ts';
import { CONTACT_FIELDS, toContact } from './mapping/contact.ts';
import { ACCOUNT_FIELDS, toCustomer } from './mapping/customer.ts';
import { LEAD_FIELDS, toLead } from './mapping/lead.ts';
import { OPPORTUNITY_FIELDS, toOpportunity } from './mapping/opportunity.ts';
import { CASE_FIELDS, toTicket } from './mapping/ticket.ts';
import { instant } from './mapping/values.ts';
import { fullId, isRecordId } from './record-id.ts';
import { dateTimeLiteral, orderOf, whereOf } from './soql.ts';

interface StreamPlan {
  readonly object: string;
  readonly fields: FieldTable;
  readonly hasAmounts?: true;
  readonly map: (row: Row, config: Config) => readonly Mapped[];
}

export const STREAMS: Readonly<Record<StreamName, StreamPlan>> = {
  account: { object: 'Account', fields: ACCOUNT_FIELDS, map: toCustomer },
  contact: { object: 'Contact', fields: CONTACT_FIELDS, map: toContact },
  lead: { object: 'Lead', fields: LEAD_FIELDS, map: toLead },
  opportunity: { object: 'Opportunity', fields: OPPORTUNITY_FIELDS, hasAmounts: true, map: toOpportunity },
  case: { object: 'Case', fields: CASE_FIELDS, map: toTicket },
};

const SYSTEM_FIELDS = ['Id', 'IsDeleted', 'CreatedDate', 'SystemModstamp'];
/** URI and headers together may have 16,384 bytes; an id takes 25 of them. */
const LONGEST_URI = 14_500;
const BYTES_PER_ID = 25;

type Abilities = StreamMapping & Pick<StreamAbilities, 'snapshot' | 'changes' | 'lookup' | 'list' | 'listIds'>;

export function streamOf(plan: StreamPlan, config: Config): Abilities {
  const { object, map } = plan;
  const { pageSize } = config;
  const select = (more: readonly string[], wanted?: WantedFields) =>
    `SELECT ${fieldsOf(plan, config, more, wanted).join(', ')} FROM ${object}`;
  const run = (http: Http, soql: string, scope?: 'queryAll') => query(config, http, queryPath(config, soql, scope));
  return {
    map: (record) => (record.deleted ? [] : map(record.source as Row, config)),
    normalizeKey: fullId,

    async snapshot(request, http) {
      const after = request.page === undefined ? '' : ` WHERE Id > '${fullId(request.page)}'`;
      const { records, totalSize } = await run(http, `${select(request.select)}${after} ORDER BY Id LIMIT ${pageSize}`);
      // A page may be shorter than what the condition finds; only the count tells that nothing follows.
      const isLast = records.length === 0 || (totalSize < pageSize && records.length >= totalSize);
      return pageOf(records, isLast ? undefined : lastId(records));
    },

    changes: (request, http) => changes(config, request, http, select(request.select), run),

    async lookup(request, http) {
      const head = `${select(request.select, request.wanted)} WHERE Id IN (`;
      const room = LONGEST_URI - Buffer.byteLength(encodeURI(queryPath(config, head)));
      const size = Math.max(1, Math.floor(room / BYTES_PER_ID));
      const keys = request.keys.map(fullId).filter(isRecordId);
      const records: SourceRecord[] = [];
      for (let at = 0; at < keys.length; at += size) {
        const ids = keys.slice(at, at + size).map((id) => `'${id}'`);
        let page = await run(http, `${head}${ids.join(',')})`);
        records.push(...page.records.map(recordOf));
        while (page.nextRecordsUrl !== undefined) {
          page = await query(config, http, page.nextRecordsUrl);
          records.push(...page.records.map(recordOf));
        }
      }
      return records;
    },

    async list(request: ListRequest, http) {
      const soql = `${select(request.select)}${whereOf(request.where)}${orderOf(request.orderBy)} LIMIT ${request.limit}`;
      const page = await (request.page === undefined ? run(http, soql) : query(config, http, request.page));
      return pageOf(page.records, page.nextRecordsUrl);
    },

    async listIds(request, http) {
      const after = request.page === undefined ? '' : ` WHERE Id > '${fullId(request.page)}'`;
      const { records, totalSize } = await run(http, `SELECT Id FROM ${object}${after} ORDER BY Id LIMIT ${pageSize}`);
      const isLast = records.length === 0 || (totalSize < pageSize && records.length >= totalSize);
      const next = isLast ? undefined : lastId(records);
      return { keys: records.map((row) => row.Id as string), ...(next === undefined ? {} : { next }) };
    },
  };
}

/**
 * The position is the server's locator, and behind it the stamp and id reached: a locator lives for two days, and the
 * reading goes on by keyset when it is gone.
 */
async function changes(
  config: Config,
  request: ChangesRequest,
  http: Http,
  head: string,
  run: (http: Http, soql: string, scope: 'queryAll') => ReturnType<typeof query>,
): Promise<Page> {
  const order = 'ORDER BY SystemModstamp, Id';
  const [locator, stamp, id] = request.page?.split(' ') ?? [];
  let page: Awaited<ReturnType<typeof query>>;
  if (locator === undefined) {
    page = await run(
      http,
      `${head} WHERE SystemModstamp >= ${dateTimeLiteral(request.since ?? 0)} ${order}`,
      'queryAll',
    );
  } else {
    page = await query(config, http, locator).catch((error: unknown) => {
      if (!hasCode(error, 'CONTRACT') || error.details.errorCode !== 'INVALID_QUERY_LOCATOR' || id === undefined)
        throw error;
      const beyond = `SystemModstamp > ${stamp} OR (SystemModstamp = ${stamp} AND Id > '${id}')`;
      return run(http, `${head} WHERE ${beyond} ${order}`, 'queryAll');
    });
  }
  const last = page.records.at(-1);
  const reached =
    last === undefined ? `${stamp} ${id}` : `${dateTimeLiteral(instant(last.SystemModstamp) ?? 0)} ${last.Id}`;
  return pageOf(page.records, page.nextRecordsUrl === undefined ? undefined : `${page.nextRecordsUrl} ${reached}`);
}

function fieldsOf(plan: StreamPlan, config: Config, more: readonly string[], wanted?: WantedFields): string[] {
  const fields = wanted ? ['Id', ...fieldsFor(plan.fields, wanted)] : [...SYSTEM_FIELDS, ...allFields(plan.fields)];
  if (plan.hasAmounts && config.isMultiCurrency) fields.push('CurrencyIsoCode');
  if (wanted) return [...new Set([...fields, ...more])];
  if (plan.object === 'Account' && config.alsoKnownAs !== undefined) fields.push(config.alsoKnownAs.field);
  return [...new Set([...fields, ...more])];
}

function recordOf(row: Row): SourceRecord {
  const changedAt = instant(row.SystemModstamp);
  const createdAt = instant(row.CreatedDate);
  return {
    key: (row.Id ?? '') as string,
    source: row,
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(row.IsDeleted === true ? { deleted: true as const } : {}),
  };
}

function pageOf(rows: readonly Row[], next: string | undefined): Page {
  return { records: rows.map(recordOf), ...(next === undefined ? {} : { next }) };
}

function lastId(rows: readonly Row[]): string | undefined {
  return rows.findLast((row) => typeof row.Id === 'string')?.Id as string | undefined;
}
