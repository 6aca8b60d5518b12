import { type Enterprise, startEnterprise } from '../enterprise.ts';
import { startFloor } from '../floors/process.ts';
import { filled, startHub } from '../hub.ts';
import { bodyOf, compare, type Target } from '../load.ts';
import { LIVE_QUERY } from '../queries.ts';
import { type BenchResult, result } from '../result.ts';

/** The list with every value read from the systems, against the fewest possible calls by hand. */
export async function live(): Promise<BenchResult[]> {
  const enterprise = await startEnterprise(1);
  const folder = enterprise.newFolder();
  const hub = await startHub(enterprise, { config: 'quiet', folder });
  try {
    await filled(hub);
    const floor = await startFloor('live', { folder }, enterprise.env);
    try {
      const value = { url: `${hub.url}/graphql`, query: LIVE_QUERY };
      const least = { url: floor.url, query: LIVE_QUERY };
      const answer = dataOf(await bodyOf(value));
      const expected = dataOf(await bodyOf(least));
      if (answer !== expected) throw new Error(`live: hub and floor differ: ${firstDifference(answer, expected)}`);
      const calls = await callsOf(enterprise, value);
      const fewest = await callsOf(enterprise, least);
      const found = await compare(value, least, { connections: 4, seconds: 4, rounds: 3 });
      const goal = {
        text: 'ratio ≥ 0.5 with the same calls, aim 0.77',
        isMet: (ratio: number) => ratio >= 0.5 && calls <= fewest,
      };
      return [result('live', { ...found, unit: 'req/s' }, goal, { calls, floorCalls: fewest, p99: found.p99 })];
    } finally {
      await floor.stop();
    }
  } finally {
    await hub.stop();
    await enterprise.stop();
  }
}

/** How many calls one answer costs, all systems together. */
async function callsOf(enterprise: Enterprise, target: Target): Promise<number> {
  await enterprise.takeCalls();
  await bodyOf(target);
  const { erp, crm, records } = await enterprise.takeCalls();
  return erp.length + crm.length + records.length;
}

/** Without `extensions`, which tell the moments of the hub's own reads. */
function dataOf(body: string): string {
  const end = body.lastIndexOf(',"extensions":');
  return end < 0 ? body : `${body.slice(0, end)}}`;
}

function firstDifference(left: string, right: string): string {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  return `${left.slice(Math.max(0, at - 80), at + 80)} | ${right.slice(Math.max(0, at - 80), at + 80)}`;
}
