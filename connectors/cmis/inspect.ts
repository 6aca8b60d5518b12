import { type CheckResult, type Http, hasCode, type NativeType } from 'isthmus/sdk';
import type { RepositoryClient, Row } from './client.ts';
import { oneOf } from './statement.ts';
import { DOCUMENT, FOLDER, type Source, selectOf } from './streams.ts';

const CHANGES_NOTE =
  'Changes are read by cmis:lastModificationDate: the change log is not used, because repositories may leave it incomplete or make it up.';
const SERIES_NOTE =
  'The repository cannot be searched by cmis:versionSeriesId: a live read may take one call per document.';
const VERSIONS_NOTE = 'Queries return old versions too, which are read and dropped.';

/** Is the repository there, can it be queried, and does it have the types and properties of the config? */
export async function check({ config, client }: Source, http: Http): Promise<CheckResult> {
  const info = await client.info(http, { fresh: true });
  if (info.cmisVersionSupported !== undefined && Number(info.cmisVersionSupported) < 1.1) {
    const message = `The repository speaks CMIS ${info.cmisVersionSupported}.`;
    return { status: 'config', message, fix: 'Use a repository with the browser binding of CMIS 1.1.' };
  }
  const query = info.capabilities?.capabilityQuery;
  if (query === 'none' || query === 'fulltextonly') {
    const message = `The repository cannot be queried by properties (capabilityQuery is ${query}).`;
    return { status: 'config', message, fix: 'Turn queries on at the repository.' };
  }
  const samples = new Map<unknown, Row[]>();
  for (const plan of [FOLDER, DOCUMENT]) {
    try {
      const statement = `${selectOf(plan, { config, client }, []).text} ORDER BY cmis:lastModificationDate DESC`;
      samples.set(plan, [...(await client.query(http, statement, { maxItems: 20 })).rows]);
    } catch (error) {
      if (!hasCode(error, 'CONTRACT')) throw error;
      const [field, names] =
        plan === FOLDER ? ['folderType', 'customerProperty'] : ['documentType', 'customerProperty and orderProperty'];
      const message = `The repository has no type ${plan.type(config)} with the properties that the config names.`;
      return { status: 'config', message, fix: `Correct ${field}, or the properties named in ${names}.` };
    }
  }
  const notes = await quirksOf(client, samples.get(DOCUMENT) ?? [], { config, client }, http);
  return {
    status: 'ok',
    product: info.productName ?? 'CMIS repository',
    ...(info.productVersion === undefined ? {} : { version: info.productVersion }),
    notes: [CHANGES_NOTE, ...notes],
  };
}

async function quirksOf(client: RepositoryClient, rows: readonly Row[], source: Source, http: Http): Promise<string[]> {
  const notes: string[] = [];
  if (rows.some((row) => !DOCUMENT.isCurrent(row))) notes.push(VERSIONS_NOTE);
  const series = rows.find(DOCUMENT.isCurrent)?.['cmis:versionSeriesId'];
  if (typeof series !== 'string') return notes;
  const statement = `SELECT cmis:objectId FROM ${DOCUMENT.type(source.config)} WHERE ${oneOf('cmis:versionSeriesId', [series])}`;
  const { rows: found } = await client.query(http, statement, { maxItems: 1 });
  return found.length > 0 ? notes : [...notes, SERIES_NOTE];
}

interface DescribedType {
  readonly displayName?: string;
  readonly propertyDefinitions?: Readonly<
    Record<string, { propertyType: string; displayName?: string; updatability?: string; required?: boolean }>
  >;
}

export async function discover({ config, client }: Source, http: Http): Promise<readonly NativeType[]> {
  const types: NativeType[] = [];
  for (const [stream, plan] of Object.entries({ folder: FOLDER, document: DOCUMENT })) {
    const name = plan.type(config);
    const { displayName, propertyDefinitions = {} } = await client.type<DescribedType>(http, name);
    const fields = Object.entries(propertyDefinitions).map(([id, property]) => ({
      name: id,
      type: property.propertyType,
      ...(property.displayName === undefined ? {} : { title: property.displayName }),
      writable: property.updatability === 'readwrite',
      custom: !id.startsWith('cmis:'),
      nullable: property.required !== true,
    }));
    types.push({ name, stream, fields, ...(displayName === undefined ? {} : { title: displayName }) });
  }
  return types;
}
