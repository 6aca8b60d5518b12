import { join } from 'node:path';
import {
  createRateLimit,
  createSandboxClock,
  demoEnterprise,
  type SandboxReply,
  type SandboxRequest,
  startSandboxServer,
} from 'isthmus/sdk/testing';
import { ACTIONS } from './actions.ts';
import { contentChanges } from './change-log.ts';
import { type Form, readForm } from './form.ts';
import { valuesJson, wholeNumber } from './object-json.ts';
import { runQuery } from './query.ts';
import { exceptionOf, refusalReply, refuse } from './refusal.ts';
import { objectById, objectByPath, openRepository } from './repository.ts';
import { REPOSITORY_ID, repositoryInfo } from './repository-info.ts';
import { seedRepository } from './seed.ts';
import { defaultSelector, OBJECT_SELECTORS, readingOf } from './selectors.ts';
import { childTypes, typeDefinition, typeJson } from './types.ts';

export interface CmisSandboxOptions {
  readonly port?: number;
  readonly seed?: number;
  readonly scale?: number;
  /** Keeps the state there between starts. */
  readonly folder?: string;
  readonly user?: string;
  readonly password?: string;
  /** The origin that repositoryInfo shows, as behind a proxy. */
  readonly publicOrigin?: string;
  /** Calls per second before 429. */
  readonly requestsPerSecond?: number;
  /** Starts without the demo enterprise. */
  readonly empty?: boolean;
}

const SERVICE = '/cmis/browser';
const LAYOUT = 1;
type Control = (name: string) => string | undefined;

/** A CMIS 1.1 repository behind the browser binding; the service document is at `<url>/cmis/browser`. */
export async function startCmis(options: CmisSandboxOptions = {}) {
  const { user = 'isthmus', password = 'isthmus', folder } = options;
  const clock = createSandboxClock({ precisionMs: 1 });
  const repository = openRepository({ file: folder && join(folder, 'cmis.sqlite'), clock });
  const demo = demoEnterprise({ seed: options.seed, scale: options.scale });
  const filling = options.empty === true ? 'empty' : `${demo.seed}/${demo.scale}`;
  await repository.store.seedOnce(`cmis-${LAYOUT}/${filling}`, async () => {
    if (options.empty !== true) return seedRepository(repository, demo);
    repository.folders.seed([emptyRoot(demo.asOf)]);
  });
  const rateLimit = createRateLimit({ perSecond: options.requestsPerSecond }, clock);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let lastPage: SandboxReply | undefined;

  const info = (request: SandboxRequest) => {
    const origin = options.publicOrigin ?? `http://${request.headers.host}`;
    return repositoryInfo(origin + SERVICE, String(repository.store.commits.last));
  };

  const query = (request: SandboxRequest, control: Control): SandboxReply => {
    if (lastPage !== undefined && request.trouble('repeatPage') !== undefined) return lastPage;
    const text = control('statement') ?? control('q') ?? refuse('invalidArgument', 'statement must be set');
    const result = runQuery(repository, text, {
      maxItems: Math.max(1, wholeNumber(control('maxItems'), 1000, 'maxItems')),
      skipCount: wholeNumber(control('skipCount'), 0, 'skipCount'),
      searchAllVersions: control('searchAllVersions') === 'true',
    });
    const succinct = control('succinct') === 'true';
    const results = result.rows.map((row) => {
      const values = valuesJson(row, result.columns, result.type.properties, succinct);
      return succinct ? { succinctProperties: values } : { properties: values };
    });
    if (results.length > 0 && request.trouble('dropKey') !== undefined) dropKey(results[0]!);
    const { hasMoreItems, numItems } = result;
    lastPage = { body: { results, hasMoreItems, ...(numItems === undefined ? {} : { numItems }) } };
    return lastPage;
  };

  const onRepository = (request: SandboxRequest, control: Control): SandboxReply => {
    const typeId = control('typeId');
    const withProperties = control('includePropertyDefinitions') === 'true';
    switch (control('cmisselector') ?? 'repositoryInfo') {
      case 'repositoryInfo':
        return { body: { [REPOSITORY_ID]: info(request) } };
      case 'typeDefinition':
        return { body: typeJson(typeDefinition(typeId ?? refuse('invalidArgument', 'typeId must be set')), true) };
      case 'typeChildren': {
        const types = childTypes(typeId ?? null).map((type) => typeJson(type, withProperties));
        return { body: { types, hasMoreItems: false, numItems: types.length } };
      }
      case 'typeDescendants': {
        const below = (id: string | null): unknown[] =>
          childTypes(id).map((type) => ({ type: typeJson(type, withProperties), children: below(type.id) }));
        return { body: below(typeId ?? null) };
      }
      case 'query':
        return query(request, control);
      case 'contentChanges':
        return { body: contentChanges(repository, control) };
      case 'checkedout':
        return { body: { objects: [], hasMoreItems: false, numItems: 0 } };
      default:
        return refuse('notSupported', 'Unknown operation');
    }
  };

  const onRoot = (request: SandboxRequest, path: string): SandboxReply => {
    const reading = readingOf(repository, demo, request, path);
    const selector = reading.control('cmisselector') ?? defaultSelector(reading.row);
    return (OBJECT_SELECTORS[selector] ?? refuse('notSupported', 'Unknown operation'))(reading);
  };

  const act = (form: Form, path: string): SandboxReply => {
    const action = ACTIONS[form.control('cmisaction') ?? ''] ?? refuse('notSupported', 'Unknown operation');
    const id = form.control('objectId');
    const target = () => (id === undefined ? objectByPath(repository, path) : objectById(repository, id));
    return action({ repository, form, user, target });
  };

  const handler = async (request: SandboxRequest): Promise<SandboxReply> => {
    if (request.headers.authorization !== authorization) return UNAUTHORIZED;
    const verdict = rateLimit.take();
    if (!verdict.allowed) {
      return refusalReply('tooManyRequests', 'Too many requests', { 'retry-after': verdict.retryAfterSeconds });
    }
    if (request.path === SERVICE || request.path === `${SERVICE}/`) return { body: { [REPOSITORY_ID]: info(request) } };
    const rest = request.path.startsWith(`${SERVICE}/${REPOSITORY_ID}`)
      ? request.path.slice(SERVICE.length + REPOSITORY_ID.length + 1)
      : refuse('objectNotFound', 'Unknown repository id!');
    const path = rest.startsWith('/root') ? decodeURIComponent(rest.slice('/root'.length)) : undefined;
    if (request.method === 'GET') {
      if (path !== undefined) return onRoot(request, path);
      return onRepository(request, (name) => request.query.get(name) ?? undefined);
    }
    if (request.method !== 'POST') return refuse('notSupported', 'Unknown operation');
    const form = await readForm(request);
    if (form.control('cmisaction') === 'query') return query(request, form.control);
    return act(form, path ?? refuse('notSupported', 'Unfiled objects are not supported.'));
  };

  const server = await startSandboxServer({
    name: 'cmis',
    port: options.port,
    handler,
    clock,
    store: repository.store,
    // A container refuses longer request lines; that is why queries go by POST.
    maxHeaderBytes: 8192,
    errorReply: (status) => ({ ...refusalReply(exceptionOf(status), `status ${status}`), status }),
  });
  const login = { service: server.url + SERVICE, repositoryId: REPOSITORY_ID, user, password };
  return Object.assign(server, login, { store: repository.store, repository, demo, rateLimit, ready: login });
}

const UNAUTHORIZED: SandboxReply = {
  status: 401,
  headers: { 'www-authenticate': 'Basic realm="CMIS", charset="UTF-8"', 'content-type': 'text/html;charset=utf-8' },
  body: '<html><head><title>Error 401</title></head><body><h2>HTTP ERROR 401 Authorization Required</h2></body></html>',
};

function dropKey(result: Record<string, unknown>): void {
  for (const values of Object.values(result) as Record<string, unknown>[]) {
    delete values['cmis:objectId'];
    delete values['cmis:versionSeriesId'];
  }
}

function emptyRoot(asOf: string) {
  return {
    'cmis:objectId': '00000000-0000-4000-a000-000000000000',
    'cmis:name': 'Company Home',
    'cmis:baseTypeId': 'cmis:folder',
    'cmis:objectTypeId': 'cmis:folder',
    'cmis:createdBy': 'system',
    'cmis:creationDate': Date.parse(asOf),
    'cmis:lastModificationDate': Date.parse(asOf),
    'cmis:parentId': null,
    'cmis:path': '/',
  };
}
