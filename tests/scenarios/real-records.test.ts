import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildPackage, ROOT } from '../support/build.ts';
import { type DemoSystems, startDemoSystems } from '../support/demo-systems.ts';
import { type Data, type HubProcess, startHubProcess } from '../support/hub-process.ts';
import { readReadme } from '../support/readme.ts';
import { testServers } from '../systems/opencmis/servers.ts';

const suite = 'the demo over a real records system';
const [, real] = testServers(suite);

if (real === undefined) {
  test('needs Java and Maven', () => {
    expect(process.env.ISTHMUS_REQUIRE_SYSTEMS).not.toBe('1');
  });
} else {
  const [name, startServer] = real;
  describe(`${suite}: ${name}`, () => {
    let systems: DemoSystems;
    let server: Awaited<ReturnType<typeof startServer>>;
    let hub: HubProcess;

    beforeAll(async () => {
      await buildPackage();
      systems = await startDemoSystems();
      server = await startServer();
      hub = await startHubProcess({
        config: join(ROOT, 'tests/support/real-records.config.ts'),
        data: join(systems.folder, 'hub'),
        env: {
          ...systems.env,
          RECORDS_URL: server.url,
          RECORDS_USER: server.user,
          RECORDS_PASSWORD: server.password,
          RECORDS_SETTINGS: JSON.stringify(server.settings),
        },
      });
      await hub.ready();
    }, 300_000);

    afterAll(async () => {
      await hub?.stop();
      await server?.stop();
      await systems?.stop();
    });

    test('the main query answers with the documents of the server', async () => {
      const { customers } = await hub.ask(readReadme().query);
      expect(customers.edges).toHaveLength(5);
      const documents: Data[] = customers.edges.flatMap(({ node }: Data) => node.documents.edges);
      expect(documents.length).toBeGreaterThan(0);
      expect(documents[0].node).toMatchObject({
        name: expect.any(String),
        contentUrl: expect.stringMatching(/^http:/),
      });
      const { documents: all } = await hub.ask('{ documents(first: 1) { totalCount } }');
      expect(all.totalCount).toBe(server.documents.length);
      expect(systems.records.journal.count()).toBe(0);
    });

    test('its bytes are streamed, whole and in part, and values are read live', async () => {
      const { index, key } = server.documents[0]!;
      const source = `connection: "records", stream: "document", sourceId: "${key}"`;
      const { documentBySource } = await hub.ask(
        `query @maxStaleness(seconds: 0) { documentBySource(${source}) { name contentUrl customer { number } folder { path } } }`,
      );
      const bytes = systems.records.demo.documentContent(index);
      expect(documentBySource.name).toBe(systems.records.demo.document(index).name);
      expect(documentBySource.customer.number).toBeTruthy();
      expect(documentBySource.folder.path).toMatch(/^\/Customers\//);
      const whole = await fetch(documentBySource.contentUrl);
      expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
      const part = await fetch(documentBySource.contentUrl, { headers: { range: 'bytes=10-19' } });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    });
  });
}
