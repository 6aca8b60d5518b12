import { startEnterprise } from '../enterprise.ts';
import { startFloor } from '../floors/process.ts';
import { filled, startHub } from '../hub.ts';
import { bodyOf, compare } from '../load.ts';
import { LIST_QUERY } from '../queries.ts';
import { type BenchResult, result } from '../result.ts';

/** 50 customers with 5 orders and 3 documents each, from the store, against the same statements by hand. */
export async function list(): Promise<BenchResult[]> {
  const enterprise = await startEnterprise(1);
  const folder = enterprise.newFolder();
  const hub = await startHub(enterprise, { config: 'quiet', folder });
  try {
    await filled(hub);
    const floor = await startFloor('list', { folder });
    try {
      const value = { url: `${hub.url}/graphql`, query: LIST_QUERY };
      const least = { url: floor.url, query: LIST_QUERY };
      const [answer, expected] = await Promise.all([bodyOf(value), bodyOf(least)]);
      if (answer !== expected)
        throw new Error(`list: hub and floor differ:\n${answer.slice(0, 400)}\n${expected.slice(0, 400)}`);
      const found = await compare(value, least, { connections: 4, seconds: 3, rounds: 3 });
      const goal = { text: 'ratio ≥ 0.5, aim 0.8', isMet: (ratio: number) => ratio >= 0.5 };
      return [result('list', { ...found, unit: 'req/s' }, goal, { bytes: answer.length, p99: found.p99 })];
    } finally {
      await floor.stop();
    }
  } finally {
    await hub.stop();
    await enterprise.stop();
  }
}
