import { performance } from 'node:perf_hooks';
import { openConnections } from '#connections';
import type { HubProcess } from '../../support/hub-process.ts';
import { joinPostgres, missingPart } from '../../systems/postgres/postgres.ts';
import { type Enterprise, startEnterprise } from '../enterprise.ts';
import { type ConfigName, filled, startHub, streamsOf } from '../hub.ts';
import { measure } from '../load.ts';
import { LIST_QUERY } from '../queries.ts';
import { type BenchResult, result } from '../result.ts';

const SCALE = 5;

/** Records per second from the systems into an empty store; and what a reader notices while all is read again. */
export async function snapshot(): Promise<BenchResult[]> {
  const enterprise = await startEnterprise(SCALE);
  try {
    const floor = await recordsPerSecondUnstored(enterprise);
    const folder = enterprise.newFolder();
    const results = [await fresh(enterprise, { name: 'snapshot', config: 'quiet', folder, floor })];
    results.push(await readersMeanwhile(enterprise, folder));
    const missing = missingPart();
    if (missing === undefined) results.push(await onPostgres(enterprise, floor));
    else console.log(`SKIPPED snapshot on PostgreSQL: ${missing}`);
    return results;
  } finally {
    await enterprise.stop();
  }
}

interface Fresh {
  readonly name: string;
  readonly config: ConfigName;
  readonly folder: string;
  readonly floor: number;
  readonly env?: Readonly<Record<string, string>>;
}

async function fresh(enterprise: Enterprise, { name, floor, ...options }: Fresh): Promise<BenchResult> {
  const hub = await startHub(enterprise, options);
  try {
    const begunAt = performance.now();
    const before = await streamsOf(hub);
    const records = await filled(hub);
    const seconds = (performance.now() - begunAt) / 1000;
    const value = (records - before.records) / seconds;
    const goal = { text: '≥ 5,000 records/s', isMet: (_ratio: number, rate: number) => rate >= 5000 };
    return result(name, { value, floor, unit: 'records/s' }, goal, { records, seconds: Math.round(seconds * 10) / 10 });
  } finally {
    await hub.stop();
  }
}

/** The floor: the same pages through the same connectors, mapped and thrown away. */
async function recordsPerSecondUnstored(enterprise: Enterprise): Promise<number> {
  Object.assign(process.env, enterprise.env);
  const { default: config } = await import('../configs/quiet.config.ts');
  const connections = openConnections(config.connections, { env: { ...process.env, ...enterprise.env } });
  let records = 0;
  const begunAt = performance.now();
  const read = async (connection: (typeof connections.all)[number]) => {
    for (const stream of connection.streams) {
      if (stream.abilities.snapshot === undefined) continue;
      let page: string | undefined;
      do {
        const asked = { select: stream.select, ...(page === undefined ? {} : { page }) };
        const { value } = await connection.call({ priority: 'background' }, (http) =>
          stream.abilities.snapshot!(asked, http),
        );
        for (const record of value.records) stream.map(record);
        records += value.records.length;
        page = value.next;
      } while (page !== undefined);
    }
  };
  await Promise.all(connections.all.map(read));
  const seconds = (performance.now() - begunAt) / 1000;
  await connections.close();
  return records / seconds;
}

const READERS = { connections: 2, rate: 20 } as const;

/** A filled store, whose every record is read again and differs, under a steady trickle of readers. */
async function readersMeanwhile(enterprise: Enterprise, folder: string): Promise<BenchResult> {
  const idle = await withHub(enterprise, 'quiet', folder, async (hub) => {
    await filled(hub);
    await measure(target(hub), { ...READERS, seconds: 2 });
    return measure(target(hub), { ...READERS, seconds: 8 });
  });
  const busy = await withHub(enterprise, 'changed', folder, async (hub) => {
    let isOver = false;
    const done = filled(hub).then(() => {
      isOver = true;
    });
    const found: number[] = [];
    do found.push((await measure(target(hub), { ...READERS, seconds: 4 })).p99);
    while (!isOver);
    await done;
    return Math.max(...found);
  });
  const goal = { text: 'p99 of list while it runs ≤ 3 × idle', isMet: (ratio: number) => ratio <= 3 };
  return result('snapshot-readers', { value: busy, floor: idle.p99, unit: 'ms p99' }, goal, { idleP50: idle.p50 });
}

function target(hub: HubProcess) {
  return { url: `${hub.url}/graphql`, query: LIST_QUERY };
}

async function withHub<T>(
  enterprise: Enterprise,
  config: ConfigName,
  folder: string,
  work: (hub: HubProcess) => Promise<T>,
): Promise<T> {
  const hub = await startHub(enterprise, { config, folder });
  try {
    return await work(hub);
  } finally {
    await hub.stop();
  }
}

async function onPostgres(enterprise: Enterprise, floor: number): Promise<BenchResult> {
  const server = await joinPostgres();
  try {
    const env = { BENCH_DATABASE_URL: await server.createDatabase() };
    const folder = enterprise.newFolder();
    return await fresh(enterprise, { name: 'snapshot-postgresql', config: 'postgres', folder, floor, env });
  } finally {
    await server.leave();
  }
}
