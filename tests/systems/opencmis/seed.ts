import type { DemoDocument, DemoEnterprise, DemoFolder } from '#sdk/testing';

export interface SeedOptions {
  /** How many of the demo's documents are filed, with the folders that they need; 150 when absent. */
  readonly documents?: number;
  /** Which of the demo's documents may be among them; all when absent. */
  readonly only?: (document: DemoDocument) => boolean;
  /** What the ERP made of the demo's order numbers, where it counts for itself; the same numbers when absent. */
  readonly orderNumbers?: ReadonlyMap<string, string>;
  readonly user?: string;
  readonly password?: string;
}

/** What stands in the repository after seeding, by the demo's own ids. */
export interface SeededOpenCmis {
  /** Settings of a `cmis` connection that reads it, beside address and login. */
  readonly settings: {
    readonly documentType: string;
    readonly folderType: string;
    readonly customerProperty: Readonly<Record<'property' | 'folderProperty' | 'connection' | 'stream', string>>;
    readonly customerFolder: Readonly<Record<'pattern' | 'connection' | 'stream', string>>;
    readonly orderProperty: Readonly<Record<'property' | 'connection' | 'stream', string>>;
  };
  /** By `DemoFolder.id`: the object id. */
  readonly folders: ReadonlyMap<string, string>;
  /** By `DemoDocument.index`: the ids given by the repository. */
  readonly documents: ReadonlyMap<number, { readonly objectId: string; readonly versionSeriesId: string }>;
}

type Properties = Readonly<Record<string, string | null>>;
type Values = Readonly<Record<string, string>>;

/** In this repository a property id belongs to one type only, so folders need one of their own. */
const FOLDER_PROPERTY = 'demo:folderCustomerNumber';
const DOCUMENT_PROPERTIES = ['customerNumber', 'orderNumber', 'invoiceNumber', 'title', 'kind'];

/** Files a part of the demo enterprise over the server's own protocol. `url` is the service document. */
export async function seedOpenCmis(
  url: string,
  demo: DemoEnterprise,
  options: SeedOptions = {},
): Promise<SeededOpenCmis> {
  const writer = await openWriter(url, options);
  await writer.createType(typeJson('demo:folder', 'cmis:folder', [FOLDER_PROPERTY]));
  const ids = DOCUMENT_PROPERTIES.map((name) => `demo:${name}`);
  await writer.createType(typeJson('demo:document', 'cmis:document', ids));

  const chosen = firstDocuments(demo, options);
  const folders = new Map<string, string>();
  for (const folder of foldersNeededBy(chosen, demo)) {
    const parent = folder.parentId === null ? undefined : folders.get(folder.parentId);
    const properties = { 'cmis:name': folder.name, [FOLDER_PROPERTY]: folder.customerNumber };
    const created = await writer.create('createFolder', 'demo:folder', properties, parent);
    folders.set(folder.id, created['cmis:objectId']!);
  }
  const documents = new Map<number, { objectId: string; versionSeriesId: string }>();
  for (const document of chosen) {
    const parent = folders.get(document.folderId);
    const file = new File([new Uint8Array(demo.documentContent(document.index))], document.name, {
      type: document.mimeType,
    });
    const properties = propertiesOf(document, options);
    const created = await writer.create('createDocument', 'demo:document', properties, parent, file);
    const { 'cmis:objectId': objectId, 'cmis:versionSeriesId': versionSeriesId } = created;
    documents.set(document.index, { objectId: objectId!, versionSeriesId: versionSeriesId! });
  }
  const erp = { connection: 'erp' };
  const customer = { ...erp, stream: 'businessPartner' };
  return {
    settings: {
      documentType: 'demo:document',
      folderType: 'demo:folder',
      customerProperty: { property: 'demo:customerNumber', folderProperty: FOLDER_PROPERTY, ...customer },
      customerFolder: { pattern: '^/Customers/(\\d{10}) ', ...customer },
      orderProperty: { property: 'demo:orderNumber', ...erp, stream: 'salesOrder' },
    },
    folders,
    documents,
  };
}

function firstDocuments(demo: DemoEnterprise, { documents = 150, only = () => true }: SeedOptions): DemoDocument[] {
  const chosen: DemoDocument[] = [];
  for (const document of demo.documents()) {
    if (chosen.length >= documents) break;
    if (only(document)) chosen.push(document);
  }
  return chosen;
}

/** Parents before children. */
function foldersNeededBy(documents: readonly DemoDocument[], demo: DemoEnterprise): DemoFolder[] {
  const all = new Map([...demo.folders()].map((folder) => [folder.id, folder]));
  const needed = new Set<string>();
  for (const { folderId } of documents) {
    for (let folder = all.get(folderId); folder !== undefined; folder = all.get(folder.parentId ?? '')) {
      needed.add(folder.id);
    }
  }
  return [...all.values()].filter((folder) => needed.has(folder.id));
}

function propertiesOf(document: DemoDocument, { orderNumbers }: SeedOptions): Properties {
  const { orderNumber } = document;
  return {
    'cmis:name': document.name,
    'demo:customerNumber': document.customerNumber,
    'demo:orderNumber': orderNumbers ? (orderNumbers.get(orderNumber ?? '') ?? null) : orderNumber,
    'demo:invoiceNumber': document.invoiceNumber,
    'demo:title': document.title,
    'demo:kind': document.kind,
  };
}

function typeJson(id: string, baseId: 'cmis:document' | 'cmis:folder', properties: readonly string[]): object {
  const names = { localName: id.replace(':', '-'), localNamespace: 'demo', queryName: id, displayName: id };
  const flags = { creatable: true, fileable: true, queryable: true, controllablePolicy: false, controllableACL: true };
  const more = { fulltextIndexed: false, includedInSupertypeQuery: true };
  const document = baseId === 'cmis:document' ? { versionable: true, contentStreamAllowed: 'allowed' } : {};
  const typeMutability = { create: true, update: true, delete: true };
  const definitions = properties.map((property) => [property, propertyJson(property)]);
  return {
    id,
    ...names,
    description: id,
    baseId,
    parentId: baseId,
    ...flags,
    ...more,
    ...document,
    typeMutability,
    propertyDefinitions: Object.fromEntries(definitions),
  };
}

function propertyJson(id: string): object {
  const names = { id, localName: id, localNamespace: 'demo', displayName: id, queryName: id, description: id };
  const kind = { propertyType: 'string', cardinality: 'single', updatability: 'readwrite' };
  return { ...names, ...kind, inherited: false, required: false, queryable: true, orderable: true };
}

async function openWriter(url: string, { user = 'isthmus', password = 'isthmus' }: SeedOptions) {
  const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  const service = await fetch(url, { headers });
  const [info] = Object.values((await service.json()) as Record<string, Record<string, string>>);
  const { repositoryUrl, rootFolderUrl } = info as Record<'repositoryUrl' | 'rootFolderUrl', string>;
  const post = async (address: string, fields: readonly (readonly [string, string])[], file?: File) => {
    const form = new FormData();
    // Without it names outside ASCII are garbled.
    form.append('_charset_', 'UTF-8');
    for (const [name, value] of fields) form.append(name, value);
    if (file !== undefined) form.append('content', file);
    const answer = await fetch(address, { method: 'POST', headers, body: form });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`seeding OpenCMIS failed with ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as { succinctProperties: Values };
  };
  return {
    createType: (type: object) =>
      post(repositoryUrl, [
        ['cmisaction', 'createType'],
        ['type', JSON.stringify(type)],
      ]),
    async create(action: string, typeId: string, properties: Properties, parent?: string, file?: File) {
      const known = Object.entries({ 'cmis:objectTypeId': typeId, ...properties }).filter(
        ([, value]) => value !== null,
      );
      const fields = known.flatMap(([id, value], i): [string, string][] => [
        [`propertyId[${i}]`, id],
        [`propertyValue[${i}]`, value as string],
      ]);
      const where: [string, string][] = parent === undefined ? [] : [['objectId', parent]];
      const answer = await post(
        rootFolderUrl,
        [['cmisaction', action], ['succinct', 'true'], ['versioningState', 'major'], ...where, ...fields],
        file,
      );
      return answer.succinctProperties;
    },
  };
}
