import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSandboxClock, openSandboxStore, type SandboxStore, type SandboxTable } from './index.ts';

interface Account {
  readonly Id: string;
  readonly Name: string | null;
  readonly Stamp?: string;
  readonly IsDeleted?: boolean;
  readonly Amount?: number;
}

const accounts: SandboxTable<Account> = {
  key: 'Id',
  columns: { Stamp: 'text', Name: { type: 'text', collate: 'nocase' }, IsDeleted: 'integer' },
  indexes: [['Stamp']],
  stamp: (row, at) => ({ ...row, Stamp: at.toISOString() }),
};
const lines: SandboxTable<{ order: string; line: string }> = { key: (row) => `${row.order}/${row.line}` };

let folder: string;
let store: SandboxStore;
const clock = createSandboxClock({ precisionMs: 1000 });
const open = (file?: string) => openSandboxStore({ file, clock, tables: { Account: accounts, Line: lines } });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isthmus-store-'));
  store = open();
});
afterEach(() => {
  store.close();
  clock.thaw();
  rmSync(folder, { recursive: true, force: true });
});

describe('rows', () => {
  test('are read by key, in bulk in the order asked, and by condition', () => {
    const table = store.table<Account>('Account');
    table.seed([
      { Id: 'b', Name: 'Beta', Amount: 5 },
      { Id: 'a', Name: 'alpha', Amount: 7, IsDeleted: true },
      { Id: 'c', Name: null, Amount: 9 },
    ]);
    expect(table.get('a')?.Name).toBe('alpha');
    expect(table.get('nobody')).toBeUndefined();
    expect(table.getMany(['c', 'nobody', 'a']).map((row) => row?.Id)).toEqual(['c', undefined, 'a']);
    const where = { sql: `${table.column('Amount')} >= ? AND ${table.column('Name')} IS NOT NULL`, params: [5] };
    expect(table.select({ where, orderBy: `${table.column('Name')} DESC` }).map((row) => row.Id)).toEqual(['b', 'a']);
    expect(table.count({ sql: `${table.column('Name')} = ?`, params: ['ALPHA'] })).toBe(1);
    expect(table.count({ sql: `${table.column('IsDeleted')} = 1` })).toBe(1);
    expect([...table.iterate({ limit: 2, offset: 1 })].map((row) => row.Id)).toEqual(['b', 'c']);
    expect(table.selectJson({ limit: 1 })).toEqual(['{"Id":"a","Name":"alpha","Amount":7,"IsDeleted":true}']);
  });

  test('have made keys where the product has composite ones', () => {
    const table = store.table('Line');
    table.insert({ order: '1', line: '10' });
    expect(table.get('1/10')).toEqual({ order: '1', line: '10' });
    expect(() => table.insert({ order: '1', line: '10' })).toThrow(/UNIQUE/);
    expect(() => table.update('1/10', { line: '20' })).toThrow(/may not change the key/);
  });
});

describe('commits', () => {
  test('are stamped in the product’s precision and journalled with what was before', () => {
    clock.freeze(Date.parse('2026-03-01T10:00:00.789Z'));
    const table = store.table<Account>('Account');
    table.seed([{ Id: 'seeded', Name: 'not journalled' }]);
    table.insert({ Id: 'a', Name: 'one' });
    table.update('a', { Name: 'two' });
    table.update('a', (row) => ({ ...row, IsDeleted: true }), { operation: 'delete' });
    table.delete('seeded');
    expect(table.update('nobody', { Name: 'x' })).toBeUndefined();
    const entries = store.commits.entries();
    expect(entries.map((entry) => [entry.sequence, entry.key, entry.operation])).toEqual([
      [1, 'a', 'create'],
      [2, 'a', 'update'],
      [3, 'a', 'delete'],
      [4, 'seeded', 'delete'],
    ]);
    expect(entries[1]?.before).toMatchObject({ Name: 'one', Stamp: '2026-03-01T10:00:00.000Z' });
    expect(entries[1]?.after).toMatchObject({ Name: 'two' });
    expect(entries[3]).toMatchObject({ before: { Name: 'not journalled' }, after: null });
    expect(store.commits.entries({ since: 2, table: 'Account', key: 'a' })).toHaveLength(1);
    expect(store.commits.last).toBe(4);
  });

  test('of one transaction share their instant, and all fail with one', () => {
    const table = store.table<Account>('Account');
    expect(() =>
      store.transaction(() => {
        table.insert({ Id: 'a', Name: 'one' });
        table.insert({ Id: 'a', Name: 'again' });
      }),
    ).toThrow();
    expect(table.count()).toBe(0);
    expect(store.commits.last).toBe(0);
  });

  test('may come late, with stamps of the past', () => {
    clock.freeze(Date.parse('2026-03-01T10:00:00Z'));
    const table = store.table<Account>('Account');
    table.insert({ Id: 'a', Name: 'one', Amount: 1 });
    const late = table.commitLate(
      [
        { Id: 'a', Name: 'late' },
        { Id: 'b', Name: 'new' },
      ] as Account[],
      {
        stampedAt: '2026-03-01T09:59:00.500Z',
      },
    );
    expect(late.map((row) => row.Stamp)).toEqual(['2026-03-01T09:59:00.000Z', '2026-03-01T09:59:00.000Z']);
    expect(table.get('a')).toMatchObject({ Name: 'late', Amount: 1 });
    const [, second, third] = store.commits.entries();
    expect([second?.operation, third?.operation]).toEqual(['update', 'create']);
    expect(second?.stampedAt).toBe('2026-03-01T09:59:00.000Z');
  });
});

describe('a kept file', () => {
  test('is filled once for a fingerprint, and anew when the fill broke off or the fingerprint changed', async () => {
    const file = join(folder, 'deep', 'x.sqlite');
    const fill = (name: string) => (target: SandboxStore) => {
      target.table('Account').seed([{ Id: 'a', Name: name }]);
    };
    let kept = open(file);
    const broken = kept.seedOnce('1', () => {
      kept.table('Account').seed([{ Id: 'half', Name: 'half' }]);
      throw new Error('killed');
    });
    await expect(broken).rejects.toThrow('killed');
    kept.close();

    kept = open(file);
    expect(await kept.seedOnce('1', () => fill('first')(kept))).toBe(true);
    kept.table('Account').update('a', { Name: 'edited' });
    kept.putContent('k', Buffer.from('bytes'));
    kept.close();

    kept = open(file);
    expect(await kept.seedOnce('1', () => fill('never')(kept))).toBe(false);
    expect(kept.table('Account').get('a')?.Name).toBe('edited');
    expect(kept.content('k')?.toString()).toBe('bytes');
    expect(kept.commits.last).toBe(1);
    expect(await kept.seedOnce('2', () => fill('second')(kept))).toBe(true);
    expect(kept.table('Account').select()).toEqual([{ Id: 'a', Name: 'second' }]);
    expect(kept.content('k')).toBeUndefined();
    expect(kept.commits.last).toBe(0);
    kept.close();
  });

  test('with other tables than declared is made anew', () => {
    const file = join(folder, 'x.sqlite');
    const old = openSandboxStore({ file, clock, tables: { Account: { key: 'Id', columns: { Old: 'text' } } } });
    old.table('Account').insert({ Id: 'a', Old: 'x' });
    old.close();
    const kept = open(file);
    expect(kept.table('Account').count()).toBe(0);
    kept.close();
  });

  test('is seeded from a generator without holding it', async () => {
    function* many() {
      for (let n = 0; n < 10_500; n++) yield { Id: String(n), Name: `n${n}` };
    }
    expect(await store.table<Account>('Account').seedInSlices(many())).toBe(10_500);
    expect(store.table('Account').count()).toBe(10_500);
  });
});
