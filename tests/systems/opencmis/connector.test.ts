import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cmis } from 'isthmus/connectors/cmis';
import { type Connection, type Connections, openConnections } from '#connections';
import type { Mapped } from '#model';
import type { Http, Page, SourceRecord, StreamAbilities } from '#sdk';
import { INSTALLED_WITHIN_MS } from '../downloads.ts';
import { RecordsDesk } from './records-desk.ts';
import { DEMO, type TestServer, testServers } from './servers.ts';

type Values = Readonly<Record<string, unknown>>;

const BACKGROUND = { priority: 'background' } as const;

describe.each(testServers('opencmis connector'))('the cmis connector on %s', (name, start) => {
  let server: TestServer;
  let connections: Connections;
  let records: Connection;
  let desk: RecordsDesk;

  beforeAll(async () => {
    server = await start();
    const { url, user, password, settings } = server;
    connections = openConnections({ records: cmis({ url, user, password, ...settings }) });
    records = connections.get('records');
    desk = await RecordsDesk.open(server);
  }, INSTALLED_WITHIN_MS);
  afterAll(async () => {
    await connections?.close();
    await server?.stop();
  });

  const abilities = (stream: string) => records.stream(stream).abilities as StreamAbilities;
  const call = async <T>(work: (http: Http) => Promise<T>) => (await records.call(BACKGROUND, work)).value;
  const valuesOf = (stream: string, record: SourceRecord) =>
    (records.stream(stream).map(record) as readonly Mapped[])[0]!.values as Values;

  async function drain(stream: string, since?: number): Promise<SourceRecord[]> {
    const { snapshot, changes } = abilities(stream);
    const found: SourceRecord[] = [];
    for (let page: string | undefined, isFirst = true; isFirst || page !== undefined; isFirst = false) {
      const request = { select: [], ...(page === undefined ? {} : { page }) };
      const answer: Page = await call((http) =>
        since === undefined ? snapshot(request, http) : changes({ ...request, since }, http),
      );
      found.push(...answer.records);
      page = answer.next;
    }
    return found;
  }

  const keysOf = (found: readonly { readonly key: string }[]) => found.map(({ key }) => key);
  const lookup = (stream: string, keys: readonly string[]) =>
    call((http) => abilities(stream).lookup({ keys, select: [] }, http));

  test('is well, and says how changes are read', async () => {
    const result = await records.check();
    expect(result).toMatchObject({ status: 'ok' });
    const notes = (result.status === 'ok' && result.notes) || [];
    expect(notes[0]).toMatch(/change log is not used/);
    expect(notes.some((note) => note.includes('cmis:versionSeriesId'))).toBe(name === 'OpenCMIS');
  });

  test('tells a type that lacks a property', async () => {
    const { url, user, password, settings } = server;
    const wrong = openConnections({
      records: cmis({ url, user, password, ...settings, documentType: 'cmis:document' }),
    });
    expect(await wrong.get('records').check()).toMatchObject({
      status: 'config',
      fix: expect.stringMatching('documentType'),
    });
    await wrong.close();
  });

  test('discovers the types with their own properties', async () => {
    const types = await records.discover();
    const document = types.find(({ stream }) => stream === 'document')!;
    expect(document.name).toBe('demo:document');
    expect(document.fields).toContainEqual(
      expect.objectContaining({ name: 'demo:customerNumber', type: 'string', writable: true, custom: true }),
    );
  });

  test('reads every document once, in its current version, in the order of change', async () => {
    const found = await drain('document');
    const keys = new Set(keysOf(found));
    expect(keys.size).toBe(found.length);
    expect(keysOf(server.documents).filter((key) => !keys.has(key))).toEqual([]);
    const stamps = found.map(({ changedAt }) => changedAt!);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  });

  test('maps documents with customer and order', async () => {
    const { index, key } = server.documents.find(({ index }) => {
      const { customerNumber, orderNumber } = DEMO.document(index);
      return customerNumber !== null && orderNumber !== null;
    })!;
    const document = DEMO.document(index);
    const [record] = await lookup('document', [key]);
    expect(valuesOf('document', record!)).toMatchObject({
      name: document.name,
      fileName: document.name,
      mimeType: document.mimeType,
      sizeInBytes: document.sizeBytes,
      customer: { connection: 'erp', stream: 'businessPartner', key: document.customerNumber },
      order: { connection: 'erp', stream: 'salesOrder', key: document.orderNumber },
    });
  });

  test('maps folders with parent, path and customer', async () => {
    const found = await drain('folder');
    const folders = new Map([...DEMO.folders()].map((folder) => [folder.id, folder]));
    const byKey = new Map(found.map((record) => [record.key, record]));
    for (const [id, objectId] of server.folders) {
      const folder = folders.get(id)!;
      const values = valuesOf('folder', byKey.get(objectId)!);
      expect(values).toMatchObject({ name: folder.name, path: folder.path });
      const number = folder.customerNumber ?? /^\/Customers\/(\d{10}) /.exec(folder.path)?.[1];
      const customer = number && { connection: 'erp', stream: 'businessPartner', key: number };
      expect(values.customer).toEqual(customer ?? null);
      if (folder.parentId === null) continue;
      expect(values.parent).toEqual({ stream: 'folder', key: server.folders.get(folder.parentId) });
    }
  });

  test('knows the folder of a document, and its customer by the folder', async () => {
    const found = new Map((await drain('filing')).map((record) => [record.key, record]));
    const { index, key } = server.documents.find(({ index }) => DEMO.document(index).customerNumber === null)!;
    const document = DEMO.document(index);
    const record = found.get(key)!;
    expect(valuesOf('filing', record)).toEqual({
      path: document.path,
      folder: { stream: 'folder', key: server.folders.get(document.folderId) },
      customer: {
        connection: 'erp',
        stream: 'businessPartner',
        key: DEMO.company(document.customer).erpView!.erpNumber,
      },
    });
    const [mapped] = records.stream('filing').map(record);
    expect(mapped!.alsoKnownAs).toEqual([{ stream: 'document', key }]);
    const [looked] = await lookup('document', [key]);
    expect(valuesOf('document', looked!).customer).toBeNull();
  });

  test('goes on from a page that ends within a tie', async () => {
    const all = await drain('document');
    const [middle] = all.slice(Math.floor(all.length / 2));
    const page = JSON.stringify({ stamp: middle!.changedAt, objectId: (middle!.source as Values)['cmis:objectId'] });
    const answer = await call((http) => abilities('document').snapshot({ page, select: [] }, http));
    const rest = all.slice(all.indexOf(middle!) + 1);
    expect(keysOf(answer.records)).toEqual(keysOf(rest).slice(0, answer.records.length));
    expect(answer.records.length).toBe(Math.min(rest.length, 500));
  });

  test('finds many by key, without those that do not exist', async () => {
    const keys = keysOf(server.documents).slice(0, 100);
    const found = await lookup('document', [...keys, 'no-such-series', "it's \\ odd"]);
    expect(keysOf(found).sort()).toEqual([...keys].sort());
    const folders = [...server.folders.values()].slice(0, 20);
    expect(keysOf(await lookup('folder', [...folders, 'nothing'])).sort()).toEqual(folders.sort());
  });

  test('asks once for as many as 500 documents', async () => {
    const keys = keysOf(server.documents).slice(0, 500);
    await lookup('document', keys);
    const before = records.status().requests;
    expect(await lookup('document', keys)).toHaveLength(keys.length);
    expect(records.status().requests - before).toBe(1);
  });

  test('sees a changed, a new and a checked-in document, and no working copy', async () => {
    const { key } = server.documents[10]!;
    const [before] = await lookup('document', [key]);
    const newest = (await drain('document')).at(-1)!.changedAt!;
    await desk.checkOut(key);
    expect(keysOf(await drain('document', newest + 1))).toEqual([]);
    await desk.checkIn(key, 'second version');
    const added = await desk.createDocument('Fresh.txt', 'fresh bytes');
    const found = await drain('document', newest + 1);
    expect(keysOf(found).sort()).toEqual([key, added].sort());
    const changed = found.find((record) => record.key === key)!;
    expect(changed.changedAt).toBeGreaterThan(before!.changedAt!);
    expect(valuesOf('document', changed).versionLabel).not.toBe(valuesOf('document', before!).versionLabel);
    const [looked] = await lookup('document', [key]);
    expect(looked).toEqual(changed);
  });

  test('lists ids, so that a deletion is noticed', async () => {
    const listed = async (stream: string) => {
      const keys: string[] = [];
      for (let page: string | undefined, isFirst = true; isFirst || page !== undefined; isFirst = false) {
        const answer = await call((http) => abilities(stream).listIds(page === undefined ? {} : { page }, http));
        keys.push(...answer.keys);
        page = answer.next;
      }
      return keys;
    };
    const { key } = server.documents[11]!;
    expect((await listed('document')).sort()).toEqual(keysOf(await drain('document')).sort());
    await desk.remove(key);
    expect(await listed('document')).not.toContain(key);
    expect(await lookup('document', [key])).toEqual([]);
    expect((await listed('folder')).sort()).toEqual(keysOf(await drain('folder')).sort());
  });

  test('lists by condition and order', async () => {
    const number = DEMO.document(server.documents[0]!.index).customerNumber;
    const where = [{ field: 'demo:customerNumber', op: 'eq', value: number }] as const;
    const orderBy = [{ field: 'cmis:name', direction: 'desc' }] as const;
    const answer = await call((http) => abilities('document').list({ where, orderBy, limit: 50, select: [] }, http));
    expect(answer.records.length).toBeGreaterThan(0);
    const rows = answer.records.map(({ source }) => source as Values);
    expect(rows.every((row) => row['demo:customerNumber'] === number)).toBe(true);
    const names = rows.map((row) => row['cmis:name'] as string);
    expect(names).toEqual([...names].sort().reverse());
  });

  describe('content', () => {
    const read = async (key: string, range?: { start: number; end?: number }) => {
      const content = await call((http) => abilities('document').content({ key, ...(range ? { range } : {}) }, http));
      const { stream, ...told } = content;
      return { ...told, bytes: Buffer.from(await new Response(stream).arrayBuffer()) };
    };

    test('whole', async () => {
      const { index, key } = server.documents[20]!;
      const { name: fileName, mimeType, sizeBytes: length } = DEMO.document(index);
      const content = await read(key);
      expect(content).toMatchObject({ fileName, mimeType, length });
      expect(content.range).toBeUndefined();
      expect(Buffer.compare(content.bytes, DEMO.documentContent(index))).toBe(0);
    });

    test('a range from the middle, and one over the end', async () => {
      const { index, key } = server.documents[20]!;
      const bytes = DEMO.documentContent(index);
      const middle = await read(key, { start: 100, end: 199 });
      expect(middle).toMatchObject({ length: 100, range: { start: 100, end: 199, total: bytes.length } });
      expect(Buffer.compare(middle.bytes, bytes.subarray(100, 200))).toBe(0);
      const rest = await read(key, { start: bytes.length - 5, end: bytes.length + 100 });
      expect(rest.range).toEqual({ start: bytes.length - 5, end: bytes.length - 1, total: bytes.length });
      expect(Buffer.compare(rest.bytes, bytes.subarray(-5))).toBe(0);
      expect((await read(key, { start: bytes.length - 7 })).bytes).toHaveLength(7);
    });

    test('beyond the end, and of a document that is gone, is not found', async () => {
      const { index, key } = server.documents[20]!;
      const beyond = DEMO.documentContent(index).length + 10;
      await expect(read(key, { start: beyond, end: beyond + 5 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(read('no-such-series')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test('of a document without bytes is not found', async () => {
      const key = await desk.createDocument('Empty.txt', undefined);
      await expect(read(key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
});
