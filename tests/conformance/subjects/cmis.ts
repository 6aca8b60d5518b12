import { cmis } from 'isthmus/connectors/cmis';
import { demoEnterprise } from '#sdk/testing';
import type { ConformanceSystem, StreamHands } from '#sdk/testing/conformance';
import { type CmisSandbox, startCmis } from '../../../connectors/cmis/sandbox/start.ts';
import { startOpenCmis } from '../../systems/opencmis/index.ts';
import { seedOpenCmis } from '../../systems/opencmis/seed.ts';
import { RepositoryHands } from './cmis-hands.ts';

const SMALL_PAGE = 10;
const NOBODY = '00000000-0000-4000-8000-00000000dead';
/** How many of each there are from the start. */
const RECORDS = 6;

interface Repository {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** The CMIS sandbox under the conformance kit; what the demo filed is cleared away, because folders are not empty there. */
export async function cmisSandboxSubject(): Promise<ConformanceSystem> {
  const sandbox = await startCmis();
  const { documents, folders } = sandbox.repository;
  for (const table of [documents, folders]) {
    for (const { 'cmis:objectId': id, 'cmis:objectTypeId': type } of table.select()) {
      if (type !== 'cmis:folder') table.delete(id);
    }
  }
  const { service: url, user, password } = sandbox;
  const commit = (keys: readonly string[], stampedAt: Date, isFolder: boolean) =>
    commitAs(sandbox, keys, stampedAt, isFolder);
  const byStore = (isFolder: boolean) => ({
    stampTogether: async (keys: readonly string[]) => commit(keys, new Date(), isFolder),
    commitLate: async (key: string, secondsAgo: number) =>
      commit([key], new Date(Date.now() - secondsAgo * 1000), isFolder),
  });
  return await subjectOf({ url, user, password, stop: () => sandbox.stop() }, byStore);
}

/** The real OpenCMIS under the conformance kit. */
export async function openCmisSubject(): Promise<ConformanceSystem> {
  const server = await startOpenCmis();
  await seedOpenCmis(server.url, demoEnterprise(), { documents: 0 });
  return await subjectOf(server, () => ({}));
}

async function subjectOf(
  { url, user, password, stop }: Repository,
  more: (isFolder: boolean) => Partial<StreamHands>,
): Promise<ConformanceSystem> {
  const own = await RepositoryHands.open(url, user, password);
  const documents = { ...own.documents(), missingKey: NOBODY, ...more(false) };
  const hands = {
    folder: { ...own.folders(), missingKey: NOBODY, ...more(true) },
    filing: documents,
    document: documents,
  };
  await hands.folder.create(RECORDS);
  await hands.document.create(RECORDS);
  return {
    url,
    secrets: [Buffer.from(`${user}:${password}`).toString('base64')],
    smallPageSize: SMALL_PAGE,
    connection: (at, { smallPages, ...settings } = {}) =>
      cmis({
        ...{ url: at, user, password, documentType: 'demo:document', folderType: 'demo:folder' },
        ...(smallPages && { pageSize: SMALL_PAGE }),
        ...settings,
      }),
    hands,
    stop,
  };
}

let edits = 0;

function commitAs({ repository }: CmisSandbox, keys: readonly string[], stampedAt: Date, isFolder: boolean): void {
  const { documents, folders } = repository;
  const name = () => ({ 'cmis:name': `Committed ${edits++}` });
  if (isFolder) {
    folders.commitLate(
      keys.map((key) => ({ 'cmis:objectId': key, ...name() })),
      { stampedAt },
    );
    return;
  }
  const asked = new Set(keys);
  const current = documents.select().filter((row) => asked.has(row['cmis:versionSeriesId']));
  documents.commitLate(
    current.map((row) => ({ 'cmis:objectId': row['cmis:objectId'], ...name() })),
    { stampedAt },
  );
}
