import { type ChangesPage, type Http, hasCode, type Page, type SourceRecord, type StreamAbilities } from 'isthmus/sdk';
import type { Domain, Row, TrytonClient } from './client.ts';
import type { DeletionLog } from './deletion-log.ts';
import { changed, milliseconds } from './domain.ts';
import type { StreamPlan } from './streams.ts';

type Reading = Pick<StreamAbilities, 'snapshot' | 'changes' | 'lookup' | 'listIds'>;

/** What a stream is read with. */
export interface Source {
  readonly client: TrytonClient;
  readonly log: DeletionLog;
  readonly pageSize: number;
}

/**
 * Where a pass over changes stands: behind an id, and with nothing later than the server's clock before it, or than what
 * its first page told. That page alone may be full of one stamp, and no pass would get beyond it.
 */
interface Pass {
  readonly id: number;
  readonly until: number;
}

/** Reads one model by id. Without an order by stamps, which no series before 8 has. */
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

    async changes({ since = 0, page, select }, http): Promise<ChangesPage> {
      const pass = page === undefined ? undefined : (JSON.parse(page) as Pass);
      const behind = pass === undefined ? [] : [['id', '>', pass.id]];
      const { clock } = client;
      const rows = await read([...behind, changed(parts, since, pass?.until)], pageSize, select, http);
      const stamps = rows.map((row) => stampOf(row, parts) ?? 0);
      const until = pass?.until ?? stamps.reduce((latest, stamp) => Math.max(latest, stamp), Math.max(since, clock));
      const records = rows.map((row) => recordOf(row, parts, until));
      const isFull = rows.length >= pageSize;
      const next = isFull ? { next: JSON.stringify({ id: Number(rows.at(-1)!.id), until } satisfies Pass) } : {};
      const deletions = pass === undefined ? await log.of(models, http) : undefined;
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
      const names = await client.call<readonly Row[]>(http, 'ir.model.field.search_read', [
        ...[[['model.name', '=', plan.model]], 0, null, null, ['name']],
      ]);
      const known = new Set(names.map(({ name }) => name));
      found = [...always, ...optional.filter((field) => known.has(field.split('.')[0]))];
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

/** The latest of the record and its parts. */
function stampOf(row: Row, parts: readonly string[]): number | undefined {
  const rows = parts.flatMap((part) => (row[`${part}.`] ?? []) as Row | readonly Row[]);
  const stamps = [row, ...rows].map((each) => milliseconds(each._timestamp)).filter((stamp) => stamp !== undefined);
  return stamps.length === 0 ? undefined : Math.max(...stamps);
}
