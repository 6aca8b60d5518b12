import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { DemoDocument } from '#sdk/testing';
import { buildPackage } from '../../support/build.ts';
import type { Data } from '../../support/hub-process.ts';
import { until } from '../../support/until.ts';
import { openPassage, type Passage } from '../bottlecrm/passage.ts';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { missingForOpenCmis, type OpenCmisServer, seedOpenCmis, startOpenCmis } from '../opencmis/index.ts';
import { sqlitePlaces } from '../postgres/index.ts';
import { canRun } from '../python.ts';
import { DEMO } from './company.ts';
import { HubOverSystems } from './hub.ts';

jest.setTimeout(300_000);

const SUITE = 'a records system that was reset';
const COUNT = 24;

(canRun(SUITE, missingForOpenCmis()) ? describe : describe.skip)(SUITE, () => {
  const newPlace = sqlitePlaces();
  let server: OpenCmisServer;
  let door: Passage;
  let hub: HubOverSystems;
  /** By canonical id: what the graph said each document was before. */
  let before: ReadonlyMap<string, string>;
  let lastChange: number;

  beforeAll(async () => {
    await buildPackage();
    server = await startOpenCmis();
    await fill(({ index }) => index % 2 === 0, COUNT);
    const { origin, pathname } = new URL(server.url);
    door = await openPassage(origin);
    const env = { RECORDS_URL: door.url + pathname, RECORDS_USER: server.user, RECORDS_PASSWORD: server.password };
    hub = new HubOverSystems({ config: 'records.config.ts', place: await newPlace(), env });
    await hub.start();
    await until('where each is filed', async () => (await filed()).size === COUNT);
    before = await filed();
    lastChange = await hub.lastChange();
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    await hub?.stop();
    await door?.close();
    await server?.stop();
  });

  const fill = (only: (document: DemoDocument) => boolean, documents: number) =>
    seedOpenCmis(server.url, DEMO, { documents, only });

  async function filed(): Promise<ReadonlyMap<string, string>> {
    const { documents } = await hub.process.ask('{ documents(first: 1000) { nodes { id name path } } }');
    const whole = documents.nodes.filter(({ name, path }: Data) => name && path?.endsWith(`/${name}`));
    return new Map(whole.map(({ id, path }: Data) => [id, path]));
  }

  async function reset(): Promise<void> {
    door.target = undefined;
    await server.stop();
    server = await startOpenCmis();
  }

  const letThrough = () => {
    door.target = new URL(server.url).origin;
  };

  test('empty: all that is gone waits for a person, and nothing is deleted', async () => {
    await reset();
    await fill(() => true, 0);
    letThrough();
    for (const stream of ['document', 'folder', 'filing']) {
      await until(
        `${stream} to be held`,
        async () => (await hub.streams()).get(`records.${stream}`).heldDeletions > 0,
        60_000,
      );
    }
    expect((await hub.streams()).get('records.document').heldDeletions).toBe(COUNT);
    expect(await filed()).toEqual(before);
    expect(await hub.changesAfter(lastChange)).toEqual([]);
  });

  test('filled anew under the same ids: no document becomes another', async () => {
    await reset();
    await fill(({ index }) => index % 2 === 1, COUNT / 2);
    letThrough();
    const added = [...DEMO.documents()]
      .filter(({ index }) => index % 2 === 1)
      .slice(0, COUNT / 2)
      .map(({ path }) => path);
    await until(
      'what was added',
      async () => {
        const shown = new Set((await filed()).values());
        return added.every((path) => shown.has(path));
      },
      60_000,
    );
    const after = await filed();
    for (const [id, path] of after) expect(before.get(id) ?? path).toBe(path);
    expect(added.filter((path) => [...before.values()].includes(path))).toEqual([]);
    expect([...after.values()].toSorted()).toEqual([...new Set(after.values())].toSorted());
  });
});
