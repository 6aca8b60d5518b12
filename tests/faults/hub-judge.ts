/** What suites with hubs in processes of their own share. */
import { expect } from '@jest/globals';
import { openStore, type Store } from '#store';
import { until } from '../support/until.ts';
import type { StorePlace } from '../systems/postgres/index.ts';
import { testModel } from '../systems/postgres/test-model.ts';
import { forgotten, isRelayed, judgeTopics, type Verdict } from './oracle.ts';
import type { WritingHub } from './writing-hub.ts';

export const FLAWLESS = { lost: [], invented: [], disordered: [], stale: [] };

export async function reading<T>(place: StorePlace, look: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(place, testModel(), { role: 'reader' });
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

/** Ends the writing, has what is left published, stops the hubs, and compares everything. */
export async function expectFlawless(
  place: StorePlace,
  topics: { readonly brokers: readonly string[]; readonly prefix: string },
  hubs: readonly WritingHub[],
): Promise<Verdict> {
  for (const hub of hubs) hub.stopWriting();
  return reading(place, async (store) => {
    await until('all that was committed to be published', () => isRelayed(store), 90_000);
    for (const hub of hubs) await hub.stop();
    for (const hub of hubs) expect(await forgotten(store, hub.committed)).toEqual([]);
    const verdict = await judgeTopics(store, topics.brokers, topics.prefix);
    expect(verdict).toMatchObject(FLAWLESS);
    expect(verdict.committed).toBeGreaterThan(50);
    return verdict;
  });
}
