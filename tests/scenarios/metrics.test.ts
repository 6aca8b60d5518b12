import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { startTally } from '../../examples/connector/tally/sandbox/start.ts';
import { buildPackage } from '../support/build.ts';
import { startHubProcess } from '../support/hub-process.ts';
import { until } from '../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'isthmus-metrics-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('GET /metrics adds up what both threads counted, for Prometheus', async () => {
  await buildPackage();
  const tally = await startTally();
  const hub = await startHubProcess({
    config: fileURLToPath(new URL('../support/tally.config.ts', import.meta.url)),
    data: folder,
    env: { TALLY_URL: tally.url, TALLY_API_KEY: tally.apiKey },
  });
  try {
    await hub.ready();
    await until('60 records to have their place in the log', async () => {
      return (await sampleOf(hub.url, 'isthmus_log_placed_rows_total')) === 60;
    });
    const response = await fetch(`${hub.url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('# TYPE isthmus_relay_lag_rows gauge');
    const malformed = text.split('\n').filter((line) => !/^(#.*|[a-z_]+(\{.*\})? [-+.\deE]+|)$/i.test(line));
    expect(malformed).toEqual([]);
    expect(await sampleOf(hub.url, 'process_resident_memory_bytes')).toBeGreaterThan(50_000_000);
    expect(text).not.toContain(tally.apiKey);
    const rebound = await fetch(`${hub.url}/metrics`, { headers: { origin: 'https://attacker.example' } });
    expect(rebound.status).toBe(403);
  } finally {
    await hub.stop();
    await tally.stop();
  }
});

async function sampleOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}
