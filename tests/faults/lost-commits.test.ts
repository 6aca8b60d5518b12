/** @jest-environment-options {"customExportConditions": ["isthmus-source", "node"]} */
import { afterEach, describe, expect, test } from '@jest/globals';
import { openStore } from '#store';
import { namesOf, TestHub } from '../scenarios/capture-hub.ts';
import { startTestSystem } from '../scenarios/capture-system.ts';
import { until } from '../support/until.ts';
import { missingPart, postgresPlaces } from '../systems/postgres/index.ts';
import { testModel } from '../systems/postgres/test-model.ts';
import { type CommitFault, type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';

const missing = missingPart();
if (missing !== undefined) process.stdout.write(`SKIPPED lost commits: ${missing}\n`);

if (missing !== undefined) {
  test('needs PostgreSQL', () => {
    if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error(`Missing: ${missing}`);
  });
} else {
  describe('a line to PostgreSQL that is cut in commits', () => {
    const newPlace = postgresPlaces();
    let proxy: PostgresProxy | undefined;
    afterEach(() => proxy?.stop());
    const open = async () => {
      const place = await newPlace();
      if (place.kind !== 'postgresql') throw new Error('Only PostgreSQL has lines.');
      proxy = await startPostgresProxy(place.url);
      return { proxy, url: proxy.url };
    };

    test.each<CommitFault>(['before', 'after'])(
      '%s the server has it: what is captured is captured once',
      async (kind) => {
        const { proxy: lines, url } = await open();
        const system = await startTestSystem({ items: 300 });
        const hub = await TestHub.start(system.url, { streams: ['items'] }, { kind: 'postgresql', url });
        try {
          lines.fail(kind, 4, 12);
          for (let round = 0; lines.faults < 12 && round < 200; round += 1) {
            const seen = lines.faults;
            system.items.update(`item-${String((round % 250) + 1).padStart(5, '0')}`, { name: `edit ${round}` });
            await until('another commit to be lost', () => lines.faults > seen || lines.faults === 12, 30_000);
          }
          await hub.caughtUp('items');
          const expected = namesOf(system.items.select());
          await until('all of it', async () => `${[...(await hub.observed('items'))]}` === `${[...expected]}`, 30_000);
          const doubled = await hub.store.reader.all(
            'select canonical_id from change_row group by 1 having count(*) <> max(sequence) or count(distinct sequence) <> count(*)',
          );
          expect(doubled).toEqual([]);
          const [written] = await hub.store.reader.all('select count(*) from change_row');
          expect(Number(written?.[0])).toBeLessThanOrEqual(300 + system.store.commits.last);
          expect(hub.errors.filter((error) => (error as { code?: string }).code !== 'TRANSIENT')).toEqual([]);
        } finally {
          await hub.stop();
          await system.stop();
        }
      },
      120_000,
    );

    test('the store keeps its lines: as often as it happens, the next transaction goes', async () => {
      const { proxy: lines, url } = await open();
      const store = await openStore({ kind: 'postgresql', url }, testModel(), { role: 'writer' });
      try {
        const count = () =>
          store.write((tx) => tx.run("insert into hub_meta (key, value) values (gen_random_uuid()::text, '')"));
        lines.fail('before', 2, 20);
        const codes: unknown[] = [];
        for (let at = 0; at < 40; at += 1) await count().catch((error) => void codes.push(error.code));
        expect(lines.faults).toBe(20);
        expect(codes).toEqual(Array(20).fill('TRANSIENT'));
      } finally {
        await store.close();
      }
    });
  });
}
