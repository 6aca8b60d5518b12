/** The demo enterprise: three sandboxes in processes of their own, and a hub over them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '#sdk';
import type { SandboxProcess } from '#sdk/testing';
import { lockFolder } from '#store';
import { type Hub, startHub } from './hub.ts';
import type { HubProgress } from './hub-progress.ts';

export interface DemoOptions {
  /** Of a hub over the demo enterprise; the repository's own when absent. The systems' addresses are in its environment. */
  readonly configFile?: string;
  readonly fresh: boolean;
  readonly scale: number;
  readonly seed: number;
  readonly onProgress?: (progress: HubProgress) => void;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

interface DemoSystem {
  readonly folder: string;
  readonly title: string;
  /** What the demo's config expects in the environment, and where the sandbox tells it when it is ready. */
  readonly env: Readonly<Record<string, string>>;
}

const SYSTEMS: readonly DemoSystem[] = [
  {
    folder: 'sap-s4',
    title: 'ERP      SAP S/4HANA sandbox',
    env: { ERP_URL: 'url', ERP_USER: 'username', ERP_PASSWORD: 'password' },
  },
  {
    folder: 'salesforce',
    title: 'CRM      Salesforce sandbox',
    env: { CRM_URL: 'url', CRM_CLIENT_ID: 'clientId', CRM_CLIENT_SECRET: 'clientSecret' },
  },
  {
    folder: 'cmis',
    title: 'Records  CMIS 1.1 sandbox',
    env: { RECORDS_URL: 'service', RECORDS_USER: 'user', RECORDS_PASSWORD: 'password' },
  },
];

export async function startDemo(options: DemoOptions): Promise<Hub> {
  const say = options.say ?? (() => {});
  const { configFile = demoConfigFile() } = options;
  const data = resolve(process.env.ISTHMUS_DATA ?? '.isthmus');
  prepareFolder(data, options);
  // A hub that is no demo does without.
  const { spawnSandboxProcess } = await import('#sdk/testing');
  const sandboxes: SandboxProcess[] = [];
  const stopSandboxes = () => Promise.all(sandboxes.map((sandbox) => sandbox.stop()));
  try {
    say('Starting the demo enterprise …');
    await Promise.all(
      SYSTEMS.map(async ({ folder, title, env }) => {
        const sandbox = await spawnSandboxProcess(
          new URL(`../../connectors/${folder}/sandbox/main.ts`, import.meta.url),
          { seed: options.seed, scale: options.scale, folder: join(data, 'sandboxes', folder) },
          { ...(options.signal && { signal: options.signal }) },
        );
        sandboxes.push(sandbox);
        for (const [name, told] of Object.entries(env)) process.env[name] = String(sandbox.ready[told]);
        say(`  ${title.padEnd(32)} ${sandbox.url}`);
      }),
    );
    const hub = await startHub({
      configFile,
      ...(options.onProgress && { onProgress: options.onProgress }),
      ...(options.signal && { signal: options.signal }),
    });
    return {
      ...hub,
      stop: async () => {
        await hub.stop();
        await stopSandboxes();
      },
    };
  } catch (error) {
    await stopSandboxes();
    throw error;
  }
}

function demoConfigFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../../isthmus.config.${extension}`, import.meta.url));
}

/** A data folder belongs to one demo enterprise: another seed or scale would contradict what the store holds. */
export function prepareFolder(data: string, { fresh, seed, scale }: DemoOptions): void {
  const marker = join(data, 'demo.json');
  mkdirSync(data, { recursive: true });
  // Refuses a folder that a running hub holds, before anything in it is touched.
  lockFolder(data).release();
  if (fresh && existsSync(marker)) forget(data);
  const wanted = JSON.stringify({ seed, scale });
  const found = existsSync(marker) ? readFileSync(marker, 'utf8') : undefined;
  if (found === undefined) writeFileSync(marker, wanted);
  else if (found !== wanted) {
    throw new ConfigError(
      `The folder ${data} holds another demo enterprise (${found}, asked for ${wanted}). Add --fresh to forget it.`,
    );
  }
}

/** Only what the demo itself put there: the folder may be somebody's. */
function forget(data: string): void {
  const own = readdirSync(data).filter(
    (name) => name === 'demo.json' || name === 'sandboxes' || name.startsWith('hub.'),
  );
  for (const name of own) rmSync(join(data, name), { recursive: true, force: true });
}
