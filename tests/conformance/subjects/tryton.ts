import { join } from 'node:path';
import Database from 'better-sqlite3';
import { tryton } from 'isthmus/connectors/tryton';
import type { ConformanceSystem } from '#sdk/testing/conformance';
import { type SeriesName, startTryton, type TrytonServer } from '../../systems/tryton/index.ts';
import { TrytonHands } from './tryton-hands.ts';

const SMALL_PAGE = 3;
/** How many of each there are from the start. */
const RECORDS = 4;

/** The real Tryton under the conformance kit. */
export async function trytonSubject(series: SeriesName = '8.2'): Promise<ConformanceSystem> {
  const server = await startTryton(series);
  try {
    return await subjectOf(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function subjectOf(server: TrytonServer): Promise<ConformanceSystem> {
  const { database, user, password } = server;
  const store = new Database(join(server.folder, `${database}.sqlite`));
  store.pragma('busy_timeout = 10000');
  const own = await TrytonHands.open(await server.desk(), server.company, store);
  const hands = own.all();
  // A warehouse more makes stock that much slower to read; the streams of the kit come before the one that needs many.
  const { warehouse, ...others } = hands;
  await warehouse.create(1);
  for (const { create } of Object.values(others)) await create(RECORDS);
  return {
    url: server.url,
    secrets: [password],
    smallPageSize: SMALL_PAGE,
    connection: (url, { smallPages, ...settings } = {}) =>
      tryton({ url, database, user, password, ...(smallPages && { pageSize: SMALL_PAGE }), ...settings }),
    hands,
    async stop() {
      store.close();
      await server.stop();
    },
  };
}
