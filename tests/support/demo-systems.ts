import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCmis } from '../../connectors/cmis/sandbox/start.ts';
import { startSalesforce } from '../../connectors/salesforce/sandbox/start.ts';
import { startSapS4 } from '../../connectors/sap-s4/sandbox/start.ts';

type Erp = Awaited<ReturnType<typeof startSapS4>>;
type Crm = Awaited<ReturnType<typeof startSalesforce>>;
type Records = Awaited<ReturnType<typeof startCmis>>;

/** The three sandboxes, inside the test's process so that it can look into their stores and journals. */
export interface DemoSystems {
  readonly erp: Erp;
  readonly crm: Crm;
  readonly records: Records;
  /** What `isthmus.config.ts` expects in the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** An empty folder for hubs, gone at the end. */
  readonly folder: string;
  /** Cuts one system off; what it holds stays. */
  goDown(system: 'erp' | 'crm' | 'records'): Promise<void>;
  /** The same system on the same port again. */
  comeBack(system: 'erp' | 'crm' | 'records'): Promise<void>;
  stop(): Promise<void>;
}

export async function startDemoSystems(options: { readonly scale?: number } = {}): Promise<DemoSystems> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-scenario-'));
  const start = {
    erp: (port: number) => startSapS4({ ...options, port, folder: join(folder, 'erp') }),
    crm: (port: number) => startSalesforce({ ...options, port, folder: join(folder, 'crm') }),
    records: (port: number) => startCmis({ ...options, port, folder: join(folder, 'records') }),
  };
  let erp = await start.erp(0);
  let crm = await start.crm(0);
  let records = await start.records(0);
  const env = {
    ERP_URL: erp.url,
    ERP_USER: erp.credentials.username,
    ERP_PASSWORD: erp.credentials.password,
    CRM_URL: crm.url,
    CRM_CLIENT_ID: crm.ready.clientId,
    CRM_CLIENT_SECRET: crm.ready.clientSecret,
    RECORDS_URL: records.service,
    RECORDS_USER: records.user,
    RECORDS_PASSWORD: records.password,
  };
  return {
    env,
    folder,
    get erp() {
      return erp;
    },
    get crm() {
      return crm;
    },
    get records() {
      return records;
    },
    goDown: (system) => ({ erp, crm, records })[system].stop(),
    async comeBack(system) {
      if (system === 'erp') erp = await start.erp(erp.port);
      if (system === 'crm') crm = await start.crm(crm.port);
      if (system === 'records') records = await start.records(records.port);
    },
    async stop() {
      await Promise.all([erp.stop(), crm.stop(), records.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
