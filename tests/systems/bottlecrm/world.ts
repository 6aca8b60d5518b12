/** A BottleCRM with some records, a hub over it, and the doors between them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCanonicalModel } from '#model';
import { openStore } from '#store';
import { buildPackage, ROOT } from '../../support/build.ts';
import { type HubProcess, startHubProcess } from '../../support/hub-process.ts';
import { CrmDesk } from './desk.ts';
import { openPassage, type Passage } from './passage.ts';
import { type BottleCrmServer, startBottleCrm } from './server.ts';

export interface WorldOptions {
  readonly webhooks: boolean;
  /** Seconds. */
  readonly sweepEvery: number;
  readonly accounts: number;
}

export interface ChangeRow {
  readonly entity: string;
  readonly op: string;
  readonly after: string;
}

interface WorldParts {
  readonly crm: BottleCrmServer;
  readonly desk: CrmDesk;
  readonly hub: HubProcess;
  /** From the hub to the CRM. */
  readonly calls: Passage;
  /** From the CRM to the hub. */
  readonly pushes: Passage;
  readonly hookSecret: string;
  readonly accounts: readonly string[];
  readonly folder: string;
}

export class CrmWorld {
  readonly parts: WorldParts;

  private constructor(parts: WorldParts) {
    this.parts = parts;
  }

  static async open({ webhooks, sweepEvery, accounts: count }: WorldOptions): Promise<CrmWorld> {
    await buildPackage();
    const crm = await startBottleCrm();
    const desk = new CrmDesk(crm);
    await desk.defineField('erp_number');
    const accounts: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const name = `Company ${index}`;
      accounts.push(await desk.create('accounts', { name, custom_fields: { erp_number: `C${index}` } }));
    }
    const calls = await openPassage(crm.url);
    const pushes = await openPassage();
    const hookSecret = webhooks ? await desk.addWebhook(`${pushes.url}/hooks/crm`) : '';
    const folder = await mkdtemp(join(tmpdir(), 'bottlecrm-hub-'));
    const hub = await startHubProcess({
      config: join(ROOT, 'tests/systems/bottlecrm/hub.config.ts'),
      data: join(folder, 'hub'),
      env: { CRM_URL: calls.url, CRM_TOKEN: crm.token, CRM_HOOK_SECRET: hookSecret, SWEEP_EVERY: String(sweepEvery) },
    });
    await hub.ready();
    pushes.target = hub.url;
    return new CrmWorld({ crm, desk, hub, calls, pushes, hookSecret, accounts, folder });
  }

  /** How often a record was read by its key. */
  lookups(key?: string): number {
    return this.parts.calls.passed.filter(({ path }) => /\/[\da-f-]{36}\/$/.test(path) && (!key || path.includes(key)))
      .length;
  }

  /** A field of a record, as the graph shows it now; undefined where there is no such record. */
  async named(entity: string, stream: string, key: string, field: string): Promise<unknown> {
    const source = `connection: "crm", stream: "${stream}", sourceId: "${key}"`;
    const found = (await this.parts.hub.ask(`{ record: ${entity}BySource(${source}) { ${field} } }`)).record;
    return found?.[field];
  }

  /** How many changes were ever made, to ask from there. */
  async lastChange(): Promise<number> {
    return (await this.changesSince(0)).length;
  }

  async changesSince(count: number): Promise<readonly ChangeRow[]> {
    const place = { kind: 'sqlite', folder: join(this.parts.folder, 'hub') } as const;
    const store = await openStore(place, loadCanonicalModel(), { role: 'reader' });
    try {
      const rows = await store.reader.all(
        'select entity, op, after from change_row order by at, canonical_id, sequence',
      );
      return rows.slice(count).map(([entity, op, after]) => {
        return { entity: String(entity), op: String(op), after: String(after) };
      });
    } finally {
      await store.close();
    }
  }

  async stop(): Promise<void> {
    const { hub, pushes, calls, crm, folder } = this.parts;
    await hub.stop();
    await pushes.close();
    await calls.close();
    await crm.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
