import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { cmis } from 'cmis/dist/cmis.js';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { DEMO, type TestServer, testServers } from './servers.ts';

const NAMES = ['FormData', 'fetch', 'Response', 'Headers', 'Request'] as const;
const platform = NAMES.map((name) => [name, globalThis[name]] as const);

/** The client's uploads work with its own form data and fetch only, which it takes where the platform has none. */
function loadClient(): typeof cmis {
  for (const name of NAMES) Reflect.deleteProperty(globalThis, name);
  return (createRequire(import.meta.url)('cmis/dist/cmis.js') as { cmis: typeof cmis }).cmis;
}
const client = loadClient();
const clients = NAMES.map((name) => [name, globalThis[name]] as const);
const use = (globals: readonly (readonly [string, unknown])[]) => {
  for (const [name, value] of globals) Reflect.set(globalThis, name, value);
};

const SELECT = 'SELECT cmis:objectId, cmis:name, cmis:lastModificationDate FROM demo:document';

describe.each(testServers('opencmis client'))('CmisJS, a client of another maker, on %s', (_name, start) => {
  let server: TestServer;
  let session: cmis.CmisSession;
  let folderId: string;

  beforeAll(async () => {
    use(platform);
    server = await start();
    use(clients);
    session = new client.CmisSession(server.url).setCredentials(server.user, server.password);
    await session.loadRepositories();
    const root = session.defaultRepository.rootFolderId as string;
    folderId = (await session.createFolder(root, 'Client proof')).succinctProperties['cmis:objectId'];
  }, INSTALLED_WITHIN_MS);
  afterAll(() => server?.stop());

  async function upload(name: string, content = 'first'): Promise<string> {
    const type = { 'cmis:name': name, 'cmis:objectTypeId': 'demo:document', 'demo:customerNumber': '0001000007' };
    const created = await session.createDocument(folderId, Buffer.from(content), type, undefined, 'major');
    return created.succinctProperties['cmis:objectId'];
  }
  const textOf = async (id: string) => (await session.getContentStream(id)).text();

  test('reads repository and types', async () => {
    const info = Object.values(await session.getRepositoryInfo())[0] as Record<string, unknown>;
    expect(info).toMatchObject({ cmisVersionSupported: '1.1' });
    expect(await session.getTypeDefinition('demo:document')).toMatchObject({ baseId: 'cmis:document' });
    const types = (await session.getTypeChildren('cmis:document')).types as { id: string }[];
    expect(types.map(({ id }) => id)).toContain('demo:document');
  });

  test('walks from a folder down to a document and reads its bytes', async () => {
    const { index, objectId } = server.documents[3]!;
    const document = DEMO.document(index);
    const folder = server.folders.get(document.folderId)!;
    const children = (await session.getChildren(folder)).objects as {
      object: { succinctProperties: Record<string, unknown> };
    }[];
    expect(children.map(({ object }) => object.succinctProperties['cmis:objectId'])).toContain(objectId);
    const [parent] = await session.getParents(objectId);
    expect(parent.object.succinctProperties).toMatchObject({ 'cmis:objectId': folder });
    const answer = await session.getContentStream(objectId);
    const bytes = await (answer as unknown as { buffer(): Promise<Buffer> }).buffer();
    expect(Buffer.compare(bytes, DEMO.documentContent(index))).toBe(0);
    const byPath = await session.getObjectByPath('/Client proof');
    expect(byPath.succinctProperties).toMatchObject({ 'cmis:objectId': folderId });
  });

  test('queries with order and pages', async () => {
    const statement = `${SELECT} ORDER BY cmis:name DESC`;
    const first = await session.query(statement, false, { maxItems: 10 });
    const second = await session.query(statement, false, { maxItems: 10, skipCount: 10 });
    const names = [...first.results, ...second.results].map(
      ({ succinctProperties }) => succinctProperties['cmis:name'] as string,
    );
    expect(names).toHaveLength(20);
    expect(names).toEqual([...names].sort().reverse());
    expect(first.hasMoreItems).toBe(true);
  });

  test('creates, updates with a change token and deletes', async () => {
    const id = await upload('note.txt');
    const before = (await session.getObject(id)).succinctProperties;
    const changed = await session.updateProperties(id, { 'demo:customerNumber': '0001000008' }, {
      changeToken: before['cmis:changeToken'],
    } as object);
    expect(changed.succinctProperties['demo:customerNumber']).toBe('0001000008');
    const stale = session.updateProperties(id, { 'demo:kind': 'x' }, {
      changeToken: before['cmis:changeToken'],
    } as object);
    await expect(stale).rejects.toMatchObject({ response: { status: 409 } });
    await session.deleteObject(id);
    await expect(session.getObject(id)).rejects.toMatchObject({ response: { status: 404 } });
  });

  test('replaces the content of a document without versions', async () => {
    const type = { 'cmis:name': 'draft.txt', 'cmis:objectTypeId': 'cmis:document' };
    const created = await session.createDocument(folderId, Buffer.from('first'), type, undefined, 'none');
    const { 'cmis:objectId': id, 'cmis:changeToken': changeToken } = created.succinctProperties;
    await session.setContentStream(id, Buffer.from('second'), true, 'draft.txt', { changeToken });
    expect(await textOf(id)).toBe('second');
  });

  test('checks out and in', async () => {
    const id = await upload('contract.txt');
    const copy = (await session.checkOut(id)).succinctProperties['cmis:objectId'];
    await expect(session.checkOut(id)).rejects.toMatchObject({ response: { status: 409 } });
    const checkedIn = await session.checkIn(copy, true, 'contract.txt', Buffer.from('signed'), undefined, 'Signed');
    expect(checkedIn.succinctProperties).toMatchObject({ 'cmis:versionLabel': '2.0', 'cmis:isLatestVersion': true });
    const answer = (await session.getAllVersions(id, { objectId: id } as object)) as Response;
    const versions = (await answer.json()) as { succinctProperties: Record<string, unknown> }[];
    expect(versions.map(({ succinctProperties }) => succinctProperties['cmis:versionLabel'])).toEqual(['2.0', '1.0']);
    expect(await textOf(checkedIn.succinctProperties['cmis:objectId'])).toBe('signed');
    expect(await textOf(id)).toBe('first');
  });

  test('is refused with the name of the exception', async () => {
    const refusal = await session.query('SELECT nothing:known FROM demo:document').catch((error) => error);
    expect(refusal.response.status).toBe(400);
    expect(await refusal.response.json()).toMatchObject({ exception: 'invalidArgument' });
    await expect(session.deleteObject(session.defaultRepository.rootFolderId)).rejects.toThrow();
  });

  test('deletes a tree', async () => {
    const inner = (await session.createFolder(folderId, 'inner')).succinctProperties['cmis:objectId'];
    await session.deleteTree(inner);
    await expect(session.getObject(inner)).rejects.toMatchObject({ response: { status: 404 } });
  });
});
