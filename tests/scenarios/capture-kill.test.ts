import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { namesOf, TestHub, until } from './capture-hub.ts';
import { startTestSystem, type TestSystem } from './capture-system.ts';

const MAIN = fileURLToPath(new URL('./capture-kill-main.ts', import.meta.url));
const KILLS = 7;

function startChild(system: TestSystem, folder: string): ChildProcess {
  return fork(MAIN, [system.url, folder], {
    execArgv: ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** What people do in the system while the hub dies and comes back. */
function edit(system: TestSystem, round: number): void {
  const number = (n: number) => String(n).padStart(5, '0');
  for (let n = 1; n <= 5; n++) {
    system.items.update(`item-${number(round * 100 + n)}`, { name: `edit ${round}` });
    system.items.insert({ id: `born-${round}-${n}`, name: 'born', changed: '' });
    system.notes.update(`note-${number(round * 20 + n)}`, { name: `edit ${round}` });
    system.notes.delete(`note-${number(round * 20 + 10 + n)}`);
  }
}

test('killed with -9 again and again, capture loses nothing and does nothing twice (2, soak)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-kill-'));
  const system = await startTestSystem({ items: 2000, notes: 400 });
  try {
    for (let round = 0; round < KILLS; round++) {
      system.journal.reset();
      const child = startChild(system, folder);
      const exited = once(child, 'exit');
      edit(system, round);
      // A different moment each time: during the snapshot first, among the changes later.
      await until(() => system.journal.count() > 3 + round * 5 || child.exitCode !== null, 'the hub reading');
      edit(system, round + KILLS);
      child.kill('SIGKILL');
      await exited;
    }
    const hub = await TestHub.start(system.url, { streams: ['items', 'notes'] }, { kind: 'sqlite', folder });
    try {
      await hub.caughtUp('items', 'notes');
      for (const stream of ['items', 'notes'] as const) {
        const expected = namesOf(system[stream].select());
        await until(async () => (await hub.observed(stream)).size === expected.size, stream).catch(() => {});
        expect(await hub.observed(stream)).toEqual(expected);
      }
      const rows = (sql: string) => hub.store.reader.all(sql);
      expect(
        await rows(`select canonical_id from change_row where op = 'create' group by 1 having count(*) > 1`),
      ).toEqual([]);
      // Each state of a record made one change at the most: sequences without a gap or a double.
      expect(
        await rows(
          'select canonical_id from change_row group by 1 having count(*) <> max(sequence) or count(distinct sequence) <> count(*)',
        ),
      ).toEqual([]);
      const written = Number((await rows('select count(*) from change_row'))[0]?.[0]);
      expect(written).toBeLessThanOrEqual(2400 + system.store.commits.last);
      expect(hub.errors).toEqual([]);
    } finally {
      await hub.stop();
    }
  } finally {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 150_000);
