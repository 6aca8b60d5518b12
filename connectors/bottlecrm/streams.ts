import type { Mapped } from 'isthmus/model';
import {
  ContractError,
  type Http,
  hasCode,
  type Page,
  type SourceRecord,
  type StreamAbilities,
  type StreamMapping,
} from 'isthmus/sdk';
import type { Row } from './client.ts';
import type { Config } from './config.ts';
import type { StreamName } from './manifest.ts';
import { toContact } from './mapping/contact.ts';
import { toCustomer } from './mapping/customer.ts';
import { toLead } from './mapping/lead.ts';
import { toOpportunity } from './mapping/opportunity.ts';
import { toTicket } from './mapping/ticket.ts';

/** Where an answer keeps rows of the list and how many there are of them; some lists come in two halves. */
interface Half {
  readonly within?: string;
  readonly rows: string;
  readonly count: string;
}

interface StreamPlan {
  readonly path: string;
  readonly halves: readonly Half[];
  readonly query?: Readonly<Record<string, string>>;
  /** Where the answer for one record keeps it. */
  readonly one: string;
  /** The lists leave it out though it can be read: it counts as gone, or every sweep would ask for it anew. */
  readonly isUnlisted?: (row: Row) => boolean;
  readonly map: (row: Row, config: Config) => readonly Mapped[];
}

export const STREAMS: Readonly<Record<StreamName, StreamPlan>> = {
  account: {
    path: '/api/accounts/',
    halves: [
      { within: 'active_accounts', rows: 'open_accounts', count: 'open_accounts_count' },
      { within: 'closed_accounts', rows: 'close_accounts', count: 'close_accounts_count' },
    ],
    one: 'account_obj',
    map: toCustomer,
  },
  contact: {
    path: '/api/contacts/',
    halves: [{ rows: 'results', count: 'count' }],
    one: 'contact_obj',
    map: toContact,
  },
  lead: {
    path: '/api/leads/',
    halves: [
      { within: 'open_leads', rows: 'open_leads', count: 'leads_count' },
      { within: 'close_leads', rows: 'close_leads', count: 'leads_count' },
    ],
    one: 'lead_obj',
    isUnlisted: ({ status }) => status === 'converted',
    map: toLead,
  },
  opportunity: {
    path: '/api/opportunities/',
    halves: [{ rows: 'opportunities', count: 'opportunities_count' }],
    one: 'opportunity_obj',
    map: toOpportunity,
  },
  case: {
    path: '/api/cases/',
    halves: [{ rows: 'cases', count: 'cases_count' }],
    query: { slim: 'true' },
    one: 'cases_obj',
    isUnlisted: ({ status, is_active }) => status === 'Duplicate' || is_active === false,
    map: toTicket,
  },
};

/** Anything else in a detail's address is answered by a web page. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

export function streamOf(
  plan: StreamPlan,
  config: Config,
): StreamMapping & Pick<StreamAbilities, 'snapshot' | 'lookup'> {
  const { path } = plan;
  const { pageSize: size } = config;
  return {
    map: (record) => plan.map(record.source as Row, config),
    normalizeKey: (key) => key.toLowerCase(),

    async snapshot(request, http): Promise<Page> {
      const at = request.page === undefined ? beginning(plan) : (JSON.parse(request.page) as Position);
      const end = at.offset + size;
      for (let from = Math.max(at.offset - OVERLAP, 0); ; from = Math.max(from - size, 0)) {
        const { body } = await http.json<Row>({ path, query: { ...plan.query, limit: end - from, offset: from } });
        const halves = plan.halves.map((half) => read(half, body, path));
        const news = halves.map(({ rows }, index) => newRows(rows, at.last[index]!, from === 0));
        // What was read last is not here: records before it are gone, and others have moved up unread.
        if (news.includes(undefined)) continue;
        const records = news.flatMap((rows) => rows!.map(recordOf));
        const last = halves.map(({ rows, count }) => (count <= end ? null : rows.slice(-OVERLAP).map(keyOf)));
        const isOver = last.every((keys) => keys === null);
        return { records, ...(isOver ? {} : { next: JSON.stringify({ offset: end, last } satisfies Position) }) };
      }
    },

    async lookup(request, http) {
      const found = await Promise.all(request.keys.map((key) => one(plan, key, http)));
      return found.filter((record) => record !== undefined);
    },
  };
}

/** Lists are read by offset, which shifts while records come and go: a page begins with the last few of the one before. */
const OVERLAP = 5;

interface Position {
  readonly offset: number;
  /** Of each half the keys read last; null when it was read to its end. */
  readonly last: readonly (readonly string[] | null)[];
}

function beginning({ halves }: StreamPlan): Position {
  return { offset: 0, last: halves.map(() => []) };
}

/** The rows behind those that were read; undefined when none of these is among them, though there may be earlier ones. */
function newRows(rows: readonly Row[], last: readonly string[] | null, isWhole: boolean): readonly Row[] | undefined {
  if (last === null) return [];
  const known = rows.findLastIndex((row) => last.includes(keyOf(row)));
  return known < 0 && last.length > 0 && !isWhole ? undefined : rows.slice(known + 1);
}

function keyOf(row: Row): string {
  return String(row.id ?? '');
}

function read({ within, rows, count }: Half, body: Row, path: string): { rows: readonly Row[]; count: number } {
  const half = (within === undefined ? body : body?.[within]) as Row | undefined;
  const found = { rows: half?.[rows], count: half?.[count] };
  if (Array.isArray(found.rows) && typeof found.count === 'number') return found as { rows: Row[]; count: number };
  const place = within === undefined ? rows : `${within}.${rows}`;
  throw new ContractError(`BottleCRM answered ${path} without ${place}. Check its version.`);
}

async function one(plan: StreamPlan, key: string, http: Http): Promise<SourceRecord | undefined> {
  if (!UUID.test(key)) return undefined;
  try {
    const { body } = await http.json<Row>({ path: `${plan.path}${key}/` });
    // A merged ticket answers with the one that it was merged into.
    const row = body[plan.one] as Row | undefined;
    return row === undefined || plan.isUnlisted?.(row) ? undefined : recordOf(row);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function recordOf(row: Row): SourceRecord {
  const createdAt = Date.parse(String(row.created_at));
  return { key: keyOf(row), source: row, ...(Number.isNaN(createdAt) ? {} : { createdAt }) };
}
