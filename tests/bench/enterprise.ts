import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxProcess, spawnSandboxProcess } from '#sdk/testing';

/** The demo enterprise's three systems, each in its own process. */
export interface Enterprise {
  readonly erp: SandboxProcess;
  readonly crm: SandboxProcess;
  readonly records: SandboxProcess;
  /** What the demo's config expects in the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A new folder for a hub's data; gone at the end. */
  newFolder(): string;
  /** Calls that each system has got since the last time it was asked. */
  takeCalls(): Promise<Readonly<Record<'erp' | 'crm' | 'records', readonly string[]>>>;
  stop(): Promise<void>;
}

const ENV = {
  erp: { ERP_URL: 'url', ERP_USER: 'username', ERP_PASSWORD: 'password' },
  crm: { CRM_URL: 'url', CRM_CLIENT_ID: 'clientId', CRM_CLIENT_SECRET: 'clientSecret' },
  records: { RECORDS_URL: 'service', RECORDS_USER: 'user', RECORDS_PASSWORD: 'password' },
} as const;
const FOLDERS = { erp: 'sap-s4', crm: 'salesforce', records: 'cmis' } as const;

export async function startEnterprise(scale: number): Promise<Enterprise> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-bench-'));
  const spawn = (system: keyof typeof FOLDERS) =>
    spawnSandboxProcess(new URL(`../../connectors/${FOLDERS[system]}/sandbox/main.ts`, import.meta.url), {
      scale,
      folder: join(folder, system),
    });
  const [erp, crm, records] = await Promise.all([spawn('erp'), spawn('crm'), spawn('records')]);
  const systems = { erp, crm, records };
  const env: Record<string, string> = {};
  for (const [system, names] of Object.entries(ENV)) {
    const { ready } = systems[system as keyof typeof ENV];
    for (const [name, told] of Object.entries(names)) env[name] = String(ready[told]);
  }
  let folders = 0;
  return {
    ...systems,
    env,
    newFolder: () => join(folder, `hub-${folders++}`),
    async takeCalls() {
      const taken = await Promise.all([takeCalls(erp), takeCalls(crm), takeCalls(records)]);
      return { erp: taken[0], crm: taken[1], records: taken[2] };
    },
    async stop() {
      await Promise.all([erp.stop(), crm.stop(), records.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function takeCalls(sandbox: SandboxProcess): Promise<readonly string[]> {
  const answer = await fetch(`${sandbox.url}/__sandbox/requests`);
  const { entries } = (await answer.json()) as { entries: { method: string; url: string }[] };
  await fetch(`${sandbox.url}/__sandbox/requests/reset`, { method: 'POST' });
  return entries.map(({ method, url }) => `${method} ${url}`);
}
