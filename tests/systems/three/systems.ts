/** The systems of one company, each behind a door that counts and can be shut. */
import { type BottleCrmServer, CrmDesk, missingForBottleCrm, startBottleCrm } from '../bottlecrm/index.ts';
import { openPassage, type Passage } from '../bottlecrm/passage.ts';
import { missingForOpenCmis, type OpenCmisServer, startOpenCmis } from '../opencmis/index.ts';
import { missingForRt, type RtServer, startRt } from '../rt/index.ts';
import { missingForTryton, startTryton, type TrytonServer } from '../tryton/index.ts';
import { type Company, chooseCompany } from './company.ts';
import { type Keys, seedBottleCrm, seedRecords, seedRt, seedTryton } from './seed.ts';

export interface Size {
  readonly customers: number;
  readonly cases: number;
  readonly documents: number;
}

/** What this machine lacks for the three that are always there, as words for a person. */
export function missingForThree(): string | undefined {
  const missing = [missingForTryton(), missingForBottleCrm(), missingForOpenCmis()].filter(
    (each) => each !== undefined,
  );
  return missing.length === 0 ? undefined : missing.join(' and ');
}

export { missingForRt } from '../rt/index.ts';

export interface Systems {
  readonly company: Company;
  readonly erp: TrytonServer;
  readonly crm: BottleCrmServer;
  readonly crmDesk: CrmDesk;
  records: OpenCmisServer;
  /** Absent where Request Tracker cannot be had. */
  readonly desk?: RtServer;
  /** Doors from the hub to each system, by the connection's name. */
  readonly doors: Readonly<Record<string, Passage>>;
  /** From BottleCRM to the hub. */
  readonly pushes: Passage;
  readonly hookSecret: string;
  /** Parties and accounts by code, document keys by the demo's index, tickets by the number of the case. */
  readonly keys: { readonly parties: Keys; readonly accounts: Keys; readonly tickets: Keys };
  readonly documents: ReadonlyMap<number, { readonly objectId: string; readonly versionSeriesId: string }>;
  /** What `three.config.ts` expects. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

type Say = (text: string) => void;

/** Fails only when all are over, so that what was started is known and can be ended. */
async function allOf<T extends readonly Promise<unknown>[]>(
  ...all: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(all);
  return (await Promise.all(all)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

/** Installs what is not there, starts everything, and fills it with one company's world, unless that is called off. */
export async function startSystems(size: Size, say: Say = () => {}, signal?: AbortSignal): Promise<Systems> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.toReversed()) await each();
  };
  const kept = async <T extends { stop(): Promise<void> }>(name: string, start: () => Promise<T>): Promise<T> => {
    const server = await start();
    stops.push(() => server.stop());
    say(`${name}: there`);
    return server;
  };
  const door = async (target?: string): Promise<Passage> => {
    const passage = await openPassage(target);
    stops.push(() => passage.close());
    return passage;
  };
  try {
    const noRt = missingForRt();
    if (noRt !== undefined) say(`Request Tracker: left out, it needs ${noRt}`);
    const [erp, crm, records, desk] = await allOf(
      kept('Tryton', startTryton),
      kept('BottleCRM', startBottleCrm),
      kept('OpenCMIS', startOpenCmis),
      noRt === undefined ? kept('Request Tracker', startRt) : Promise.resolve(undefined),
    );

    signal?.throwIfAborted();
    const company = chooseCompany(size);
    const crmDesk = new CrmDesk(crm);
    const seedErpAndRecords = async () => {
      const { parties, sales } = await seedTryton(erp, await erp.desk(), company);
      say(`Tryton: ${company.customers.length} customers, ${company.orders.length} sales`);
      const { documents } = await seedRecords(records, company, size.documents, sales);
      say(`OpenCMIS: ${documents.size} documents`);
      return { parties, documents };
    };
    const seedDesk = async (server: RtServer) => {
      const tickets = await seedRt(server, company);
      say(`Request Tracker: ${tickets.size} tickets`);
      return tickets;
    };
    const [{ parties, documents }, accounts, tickets] = await allOf(
      seedErpAndRecords(),
      seedBottleCrm(crmDesk, company, (text) => say(`BottleCRM: ${text}`)),
      desk ? seedDesk(desk) : Promise.resolve<Keys>(new Map()),
    );

    const doors = {
      erp: await door(erp.url),
      crm: await door(crm.url),
      records: await door(new URL(records.url).origin),
      ...(desk && { desk: await door(desk.url) }),
    };
    const pushes = await door();
    const hookSecret = await crmDesk.addWebhook(`${pushes.url}/hooks/crm`);
    const env = {
      ...{ ERP_URL: doors.erp.url, ERP_DATABASE: erp.database, ERP_USER: erp.user, ERP_PASSWORD: erp.password },
      ...{ CRM_URL: doors.crm.url, CRM_TOKEN: crm.token },
      RECORDS_URL: doors.records.url + new URL(records.url).pathname,
      ...{ RECORDS_USER: records.user, RECORDS_PASSWORD: records.password },
      ...(desk && doors.desk && { DESK_URL: doors.desk.url, DESK_TOKEN: desk.token }),
    };
    const keys = { parties, accounts, tickets };
    return {
      ...{
        company,
        erp,
        crm,
        crmDesk,
        records,
        ...(desk && { desk }),
        doors,
        pushes,
        hookSecret,
        keys,
        documents,
        env,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
