import { describe, expect, test } from '@jest/globals';
import { type Http, type HttpRequest, NotFoundError } from 'isthmus/sdk';
import type { Row } from './client.ts';
import { STREAMS, streamOf } from './streams.ts';

const config = { url: 'http://127.0.0.1:1', token: 't', currency: 'EUR', pageSize: 10 };
const row = (n: number): Row => ({ id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, status: 'New' });
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index));

/** Lists in two halves as BottleCRM answers them, by limit and offset; and single records. */
function accounts(active: Row[], inactive: Row[]) {
  const asked: HttpRequest[] = [];
  const json = async (request: HttpRequest) => {
    asked.push(request);
    const { limit, offset } = request.query as { limit: number; offset: number };
    const half = (all: Row[]) => all.slice(offset, offset + limit);
    const body = {
      active_accounts: { open_accounts: half(active), open_accounts_count: active.length },
      closed_accounts: { close_accounts: half(inactive), close_accounts_count: inactive.length },
    };
    return { status: 200, headers: {}, body };
  };
  return { active, inactive, asked, http: { json } as unknown as Http };
}

const account = streamOf(STREAMS.account, config);

/** Key numbers in the order that they were read; `between` happens before each further page. */
async function readAll({ http }: ReturnType<typeof accounts>, between: (page: number) => void = () => {}) {
  const keys: number[] = [];
  for (let page: string | undefined, number = 1; ; number += 1) {
    const answer = await account.snapshot({ select: [], ...(page === undefined ? {} : { page }) }, http);
    keys.push(...answer.records.map(({ key }) => Number(key.slice(-12))));
    page = answer.next;
    if (page === undefined) return keys;
    between(number);
  }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a list that is read by offset', () => {
  test.each([
    [0, 0],
    [10, 0],
    [11, 0],
    [35, 3],
    [3, 35],
    [20, 40],
  ])('%i active and %i inactive ones come once each', async (active, inactive) => {
    const lists = accounts(rows(0, active), rows(100, 100 + inactive));
    const keys = await readAll(lists);
    expect([...keys].sort((a, b) => a - b)).toEqual([...numbers(0, active), ...numbers(100, 100 + inactive)]);
    expect(lists.asked.length).toBe(Math.max(Math.ceil(active / 10), Math.ceil(inactive / 10), 1));
  });

  test.each([1, 3, 8, 25])('misses none while %i of those already read go away', async (gone) => {
    const lists = accounts(rows(0, 60), rows(100, 130));
    const keys = await readAll(lists, (page) => {
      if (page === 3) lists.active.splice(0, gone);
    });
    expect([...new Set(keys)].sort((a, b) => a - b)).toEqual([...numbers(0, 60), ...numbers(100, 130)]);
  });

  test('misses none when the very ones read last go away', async () => {
    const lists = accounts(rows(0, 40), []);
    const keys = await readAll(lists, (page) => {
      if (page === 2) lists.active.splice(12, 8);
    });
    expect(new Set(keys)).toEqual(new Set(numbers(0, 40)));
  });

  test('has none twice while others are made before them', async () => {
    const lists = accounts(rows(0, 40), []);
    const keys = await readAll(lists, (page) => {
      if (page === 1) lists.active.unshift(...rows(90, 93));
    });
    expect([...keys].sort((a, b) => a - b)).toEqual(numbers(0, 40));
  });

  test('in another shape stops the stream', async () => {
    const http = { json: async () => ({ status: 200, headers: {}, body: { results: [] } }) } as unknown as Http;
    await expect(account.snapshot({ select: [] }, http)).rejects.toMatchObject({
      code: 'CONTRACT',
      message: expect.stringContaining('active_accounts.open_accounts'),
    });
  });
});

describe('a record by its key', () => {
  const ticket = streamOf(STREAMS.case, config);
  const one = (n: number) => String(row(n).id);
  const http = {
    json: async ({ path }: HttpRequest) => {
      if (path.includes(one(1))) return { status: 200, headers: {}, body: { cases_obj: row(1) } };
      if (path.includes(one(2))) return { status: 200, headers: {}, body: { merged_into: one(1) } };
      if (path.includes(one(3)))
        return { status: 200, headers: {}, body: { cases_obj: { ...row(3), is_active: false } } };
      throw new NotFoundError('no such case');
    },
  } as unknown as Http;

  test('is there as long as lists show it', async () => {
    const keys = [one(4), one(3), one(2), one(1), 'no-key'];
    const found = await ticket.lookup({ keys, select: [] }, http);
    expect(found.map(({ key }) => key)).toEqual([one(1)]);
  });
});
