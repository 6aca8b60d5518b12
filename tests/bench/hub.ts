import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type HubProcess, startHubProcess } from '../support/hub-process.ts';
import { until } from '../support/until.ts';
import type { Enterprise } from './enterprise.ts';

export type ConfigName = 'quiet' | 'postgres' | 'changed';

export function configFile(name: ConfigName): string {
  return fileURLToPath(new URL(`./configs/${name}.config.ts`, import.meta.url));
}

export function startHub(
  enterprise: Enterprise,
  options: { readonly config: ConfigName; readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): Promise<HubProcess> {
  return startHubProcess({
    config: configFile(options.config),
    data: options.folder,
    env: { ...enterprise.env, ...options.env },
  });
}

/** How far the snapshot is. */
export async function streamsOf(hub: HubProcess): Promise<{ readonly isComplete: boolean; readonly records: number }> {
  const { hubConnections } = await hub.ask('{ hubConnections { streams { name phase records errorMessage } } }');
  let records = 0;
  let isComplete = true;
  for (const { streams } of hubConnections) {
    for (const { name, phase, records: count, errorMessage } of streams) {
      if (errorMessage !== null) throw new Error(`The stream ${name} failed: ${errorMessage}`);
      records += count;
      isComplete &&= phase === 'CHANGES';
    }
  }
  return { isComplete, records };
}

/** Every stream read to its end; gives the number of source records. */
export async function filled(hub: HubProcess, withinMs = 600_000): Promise<number> {
  const found = await until(
    'the snapshot to be complete',
    async () => {
      const { isComplete, records } = await streamsOf(hub);
      return isComplete ? { records } : undefined;
    },
    withinMs,
  );
  return found.records;
}

/** Resident memory of one process, in MB. */
export function residentMegabytes(pid: number): number {
  if (process.platform === 'linux') {
    const pages = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(pages?.[1]) / 1024;
  }
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) / 1024;
}
