import { type ChangesPage, type Http, hasCode, type Page, type SourceRecord, type StreamAbilities } from 'isthmus/sdk';
import { readChanged, stampOf } from './changes-pass.ts';
import type { Domain, Row, TrytonClient } from './client.ts';
import type { DeletionLog } from './deletion-log.ts';
import type { StreamPlan } from './streams.ts';

type Reading = Pick<StreamAbilities, 'snapshot' | 'changes' | 'lookup' | 'listIds'>;

/** What a stream is read with. */
export interface Source {
  readonly client: TrytonClient;
  readonly log: DeletionLog;
  readonly pageSize: number;
}

/** Reads one model by id. */
export function readingOf(plan: StreamPlan, { client, log, pageSize }: Source): Reading {
  const parts = Object.keys(plan.parts);
  const models = { records: [plan.model, ...(plan.owners ?? [])], parts: Object.values(plan.parts) };
  const fieldsFor = fieldFinder(plan, client);

  async function read(domain: Domain, limit: number | null, select: readonly string[], http: Http) {
    const fields = [...(await fieldsFor(http)), ...select];
    return await readable(client, plan, { domain: [...(plan.domain ?? []), ...domain], limit, fields }, http);
  }

  return {
    async snapshot({ page, select }, http): Promise<Page> {
      const rows = await read(page === undefined ? [] : [['id', '>', Number(page)]], pageSize, select, http);
      const records = rows.map((row) => recordOf(row, parts));
      return { records, ...(rows.length < pageSize ? {} : { next: String(rows.at(-1)!.id) }) };
    },

    async changes(request, http): Promise<ChangesPage> {
      const ofPlan = (domain: Domain, limit: number) => read(domain, limit, request.select, http);
      const { rows, until, next } = await readChanged(request, { client, pageSize, parts, read: ofPlan });
      const deletions = request.page === undefined ? await log.of(models, http) : undefined;
      const records = rows.map((row) => recordOf(row, parts, until));
      return { records, ...next, ...(deletions === undefined ? {} : { deletions }) };
    },

    async lookup({ keys, select }, http): Promise<readonly SourceRecord[]> {
      const ids = keys.map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
      if (ids.length === 0) return [];
      return (await read([['id', 'in', ids]], null, select, http)).map((row) => recordOf(row, parts));
    },

    async listIds({ page }, http) {
      const behind = page === undefined ? [] : [['id', '>', Number(page)]];
      const ids = await client.ids(http, plan.model, [...(plan.domain ?? []), ...behind], 10 * pageSize);
      return { keys: ids.map(String), ...(ids.length < 10 * pageSize ? {} : { next: String(ids.at(-1)) }) };
    },
  };
}

/** The fields of a plan that the database has: modules bring more. */
function fieldFinder(plan: StreamPlan, client: TrytonClient) {
  const parts = Object.keys(plan.parts);
  const always = [...plan.fields, '_timestamp', ...parts.map((part) => `${part}._timestamp`)];
  let found: readonly string[] | undefined;
  return async (http: Http): Promise<readonly string[]> => {
    const { optional = [] } = plan;
    if (found === undefined && optional.length > 0) {
      const known = await client.fields(http, plan.model);
      found = [...always, ...optional.filter((field) => field.split('.')[0]! in known)];
    }
    found ??= always;
    return found;
  };
}

interface Query {
  readonly domain: Domain;
  readonly limit: number | null;
  readonly fields: readonly string[];
}

/**
 * One record that the server cannot compute spoils the answer for all: then they are read in halves, down to the one,
 * which is delivered with what was said of it.
 */
async function readable(client: TrytonClient, plan: StreamPlan, query: Query, http: Http): Promise<readonly Row[]> {
  try {
    return await client.rows(http, plan.model, query);
  } catch (error) {
    if (!hasCode(error, 'REJECTED_RECORD')) throw error;
    const ids = await client.ids(http, plan.model, query.domain, query.limit);
    if (ids.length > 1) {
      const half = Math.ceil(ids.length / 2);
      const some = (part: readonly number[]): Query => ({ ...query, domain: [['id', 'in', part]], limit: null });
      const first = await readable(client, plan, some(ids.slice(0, half)), http);
      return [...first, ...(await readable(client, plan, some(ids.slice(half)), http))];
    }
    const fields = ['_timestamp'];
    const [row] = await client.rows(http, plan.model, { domain: [['id', 'in', ids]], limit: null, fields });
    return row === undefined ? [] : [{ ...row, refused: String(error.cause ?? error.message) }];
  }
}

export function recordOf(row: Row, parts: readonly string[], until = Number.POSITIVE_INFINITY): SourceRecord {
  const changedAt = stampOf(row, parts);
  return {
    // Without a key the record is set aside.
    key: row.id === undefined ? '' : String(row.id),
    source: row,
    ...(changedAt === undefined ? {} : { changedAt: Math.min(changedAt, until) }),
  };
}
