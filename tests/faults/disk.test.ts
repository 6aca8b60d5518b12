/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import Database from 'better-sqlite3';
import { namesOf, TestHub } from '../scenarios/capture-hub.ts';
import { startTestSystem } from '../scenarios/capture-system.ts';
import { openWorld } from '../scenarios/observe-world.ts';
import { customer } from '../scenarios/topics-world.ts';
import { startProcess } from '../support/started-process.ts';
import { until } from '../support/until.ts';

/** A file system of its own in memory; undefined where one may not mount. */
function mountSmall(size: string): { readonly folder: string; grow(to: string): void; unmount(): void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-disk-'));
  const mount = (...args: string[]) => spawnSync('mount', [...args, folder], { stdio: 'ignore' }).status === 0;
  if (!mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs')) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    grow: (to) => {
      if (!mount('-o', `remount,size=${to}`)) throw new Error('The disk could not be made larger.');
    },
    unmount: () => {
      spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

test('a full disk pauses capture with its reason, stores nothing in part, and goes on when there is room', async () => {
  const disk = mountSmall('4m');
  if (!disk) {
    process.stdout.write('SKIPPED a full disk: only root may mount one\n');
    if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error('Missing: the right to mount a file system');
    return;
  }
  const system = await startTestSystem({ items: 2000 });
  const place = { kind: 'sqlite', folder: disk.folder } as const;
  const start = () => TestHub.start(system.url, { streams: ['items'] }, place);
  let hub = await start();
  try {
    await until('the reason', () => hub.status('items')?.error?.message.includes('no room left'), 60_000);
    expect(hub.status('items')?.error?.code).toBe('TRANSIENT');
    const stored = (await hub.observed('items')).size;
    expect(stored).toBeLessThan(2000);
    expect(await hub.changeRows()).toBe(stored);
    expect((await hub.state('items'))?.phase).toBe('snapshot');
    const calls = system.journal.count();
    disk.grow('64m');
    await hub.caughtUp('items');
    expect(system.journal.count()).toBeGreaterThan(calls);
    expect(await hub.observed('items')).toEqual(namesOf(system.items.select()));
    expect(await hub.changeRows()).toBe(2000);
    expect(await hub.setAside()).toEqual([]);
    await hub.stop();
    hub = await start();
    expect(await hub.store.reader.all('pragma integrity_check')).toEqual([['ok']]);
  } finally {
    await hub.stop();
    await system.stop();
    disk.unmount();
  }
}, 120_000);

test('a hub ends in order while the disk is full', async () => {
  const disk = mountSmall('4m');
  if (!disk) return;
  const system = await startTestSystem({ items: 2000 });
  try {
    const hub = await TestHub.start(system.url, { streams: ['items'] }, { kind: 'sqlite', folder: disk.folder });
    await until('the reason', () => hub.status('items')?.error?.message.includes('no room left'), 60_000);
    await hub.stop();
  } finally {
    await system.stop();
    disk.unmount();
  }
}, 120_000);

const HOLD = `
const Database = require('better-sqlite3');
const database = new Database(process.argv[1]);
database.exec('begin immediate');
console.log('held');
setTimeout(() => { database.exec('rollback'); database.close(); }, 2000);
`;

test('a write waits for another process that holds the database, and is stored once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-held-'));
  const world = await openWorld({ kind: 'sqlite', folder });
  const holder = startProcess(process.execPath, ['-e', HOLD, join(folder, 'hub.sqlite')], {});
  try {
    await holder.printed(/held/);
    await world.see('erp', 'partner', { key: '1', version: 1, mapped: [customer({ number: '1', name: 'A' })] });
    expect(await world.changes()).toHaveLength(1);
    await holder.ended;
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a long reader holds up the checkpoint, not the writes, and what the log grew by is given back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-reader-'));
  const world = await openWorld({ kind: 'sqlite', folder });
  const reader = new Database(join(folder, 'hub.sqlite'), { readonly: true });
  const logSize = () => statSync(join(folder, 'hub.sqlite-wal')).size;
  let version = 0;
  const write = async (pages: number) => {
    for (let page = 0; page < pages; page += 1) {
      version += 1;
      const name = `${version} ${'x'.repeat(20_000)}`;
      const records = Array.from({ length: 50 }, (_, key) => ({
        key: String(key),
        version,
        mapped: [customer({ name })],
      }));
      await world.see('erp', 'partner', ...records);
    }
  };
  const LIMIT = 64 * 1024 * 1024;
  try {
    reader.exec('begin');
    reader.prepare('select count(*) from change_row').get();
    for (let rounds = 0; logSize() < LIMIT * 1.2 && rounds < 60; rounds += 1) await write(1);
    expect(logSize()).toBeGreaterThan(LIMIT);
    reader.exec('rollback');
    await write(3);
    expect(logSize()).toBeLessThanOrEqual(LIMIT);
    expect(await world.changes()).toHaveLength(version * 50);
  } finally {
    reader.close();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
