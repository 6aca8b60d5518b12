import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeEachStore, sqlitePlaces } from '../systems/postgres/index.ts';
import { goldenState, history, observeFact, observeFacts } from './observe-facts.ts';
import { brokenInvariants } from './observe-invariants.ts';
import { openWorld, type World } from './observe-world.ts';

const MAX_CLAIMS = 2;

describeEachStore('observe in any order', (newPlace, kind) => {
  const scale = kind === 'sqlite' ? 1 : 0.2;
  const opened: World[] = [];
  const open = async (place = newPlace()) => {
    const world = await openWorld(await place, { maxClaims: MAX_CLAIMS });
    opened.push(world);
    return world;
  };
  afterEach(async () => {
    for (const world of opened.splice(0)) await world.close();
  });

  test('comes to the golden state of the same facts in the order in which they happened', async () => {
    const world = await open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ facts, arrival }) => {
        run += 1;
        await observeFacts(world, `${run}a.`, facts);
        await observeFacts(world, `${run}b.`, arrival);
        expect(await goldenState(world.store, `${run}b.`)).toEqual(await goldenState(world.store, `${run}a.`));
      }),
      { numRuns: 80 * scale },
    );
    expect(await brokenInvariants(world.store, MAX_CLAIMS)).toEqual([]);
  }, 120_000);

  test('keeps clusters, aliases, references, rows and sequences right after every page', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ arrival }) => {
        const world = await open();
        for (const fact of arrival) {
          await observeFact(world, '', fact);
          expect(await brokenInvariants(world.store, MAX_CLAIMS)).toEqual([]);
        }
        await world.close();
        opened.length = 0;
      }),
      { numRuns: 25 * scale },
    );
  }, 120_000);

  test('gives every key its own id back when the claims go', async () => {
    const world = await open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ arrival }) => {
        run += 1;
        const prefix = `${run}.`;
        await observeFacts(world, prefix, arrival);
        const claimants = arrival.filter(({ stream }) => stream === 'account' || stream === 'note');
        for (const fact of claimants)
          await observeFact(world, prefix, { ...fact, read: 99, createdAt: 99, mapped: undefined });
        const joined = await world.store.reader.all(
          'select minted_id, canonical_id from identity_key where minted_id <> canonical_id',
        );
        expect(joined).toEqual([]);
      }),
      { numRuns: 20 * scale },
    );
  }, 120_000);
});

describeEachStore('observe on this store and on SQLite', (newPlace, kind) => {
  const sqlite = sqlitePlaces();
  test('gives the same golden state', async () => {
    const worlds = [await openWorld(await newPlace()), await openWorld(await sqlite())];
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ arrival }) => {
        run += 1;
        const prefix = `${run}.`;
        const states: unknown[] = [];
        for (const world of worlds) {
          await observeFacts(world, prefix, arrival);
          states.push(await goldenState(world.store, prefix));
        }
        expect(states[0]).toEqual(states[1]);
      }),
      { numRuns: kind === 'sqlite' ? 2 : 12 },
    );
    for (const world of worlds) await world.close();
  }, 120_000);
});
