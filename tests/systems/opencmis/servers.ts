import { demoEnterprise, spawnSandboxProcess } from '#sdk/testing';
import { missingForOpenCmis } from './distribution.ts';
import { type SeededOpenCmis, seedOpenCmis } from './seed.ts';
import { startOpenCmis } from './server.ts';

/** A CMIS server with a part of the demo enterprise, however it came to be. */
export interface TestServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly settings: SeededOpenCmis['settings'];
  /** The documents it was filled with, as the demo knows them and under the key that the server gave them. */
  readonly documents: readonly { readonly index: number; readonly key: string; readonly objectId: string }[];
  readonly folders: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

export const DEMO = demoEnterprise();
const SEEDED = 150;

async function sandbox(): Promise<TestServer> {
  const main = new URL('../../../connectors/cmis/sandbox/main.ts', import.meta.url);
  const server = await spawnSandboxProcess(main, {});
  const { service, user, password } = server.ready as Record<'service' | 'user' | 'password', string>;
  const customer = { connection: 'erp', stream: 'businessPartner' };
  return {
    url: service,
    user,
    password,
    settings: {
      documentType: 'demo:document',
      folderType: 'demo:folder',
      customerProperty: { property: 'demo:customerNumber', folderProperty: 'demo:customerNumber', ...customer },
      customerFolder: { pattern: '^/Customers/(\\d{10}) ', ...customer },
      orderProperty: { property: 'demo:orderNumber', connection: 'erp', stream: 'salesOrder' },
    },
    documents: [...DEMO.documents()].map(({ index, id, versionSeriesId }) => {
      return { index, key: versionSeriesId, objectId: id };
    }),
    folders: new Map([...DEMO.folders()].map(({ id }) => [id, id])),
    stop: () => server.stop(),
  };
}

async function openCmis(): Promise<TestServer> {
  const server = await startOpenCmis();
  try {
    const { settings, documents, folders } = await seedOpenCmis(server.url, DEMO, { documents: SEEDED });
    const known = [...documents].map(([index, { objectId, versionSeriesId }]) => {
      return { index, key: versionSeriesId, objectId };
    });
    const { url, user, password, stop } = server;
    return { url, user, password, settings, documents: known, folders, stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Both servers, or the sandbox alone where Java or Maven is missing; then says so, or fails if it must not. */
export function testServers(suite: string): [name: string, start: () => Promise<TestServer>][] {
  const missing = missingForOpenCmis();
  if (missing === undefined) {
    return [
      ['the sandbox', sandbox],
      ['OpenCMIS', openCmis],
    ];
  }
  if (process.env.ISTHMUS_REQUIRE_SYSTEMS === '1') throw new Error(`${suite} needs ${missing}`);
  process.stdout.write(`SKIPPED ${suite}: ${missing}\n`);
  return [['the sandbox', sandbox]];
}
