import type { DemoEnterprise, RateLimit, SandboxReply, SandboxRequest } from 'isthmus/sdk/testing';
import { ACTIONS } from './actions.ts';
import { contentChanges } from './change-log.ts';
import { type Form, readForm } from './form.ts';
import { valuesJson, wholeNumber } from './object-json.ts';
import { runQuery } from './query.ts';
import { refusalReply, refuse } from './refusal.ts';
import { objectById, objectByPath, type Repository } from './repository.ts';
import { REPOSITORY_ID, repositoryInfo } from './repository-info.ts';
import { defaultSelector, OBJECT_SELECTORS, readingOf } from './selectors.ts';
import { childTypes, typeDefinition, typeJson } from './types.ts';

/** The path of the service document. */
export const SERVICE = '/cmis/browser';

export interface ServiceParts {
  readonly repository: Repository;
  readonly demo: DemoEnterprise;
  readonly user: string;
  readonly password: string;
  readonly rateLimit: RateLimit;
  readonly publicOrigin: string | undefined;
}

type Control = (name: string) => string | undefined;

/** The browser binding: reads by selector, writes by action, each on the repository URL or the root folder URL. */
export class CmisService {
  readonly #parts: ServiceParts;
  readonly #authorization: string;
  #lastPage: SandboxReply | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#authorization = `Basic ${Buffer.from(`${parts.user}:${parts.password}`).toString('base64')}`;
  }

  async handle(request: SandboxRequest): Promise<SandboxReply> {
    if (request.headers.authorization !== this.#authorization) return UNAUTHORIZED;
    const verdict = this.#parts.rateLimit.take();
    if (!verdict.allowed) {
      return refusalReply('tooManyRequests', 'Too many requests', { 'retry-after': verdict.retryAfterSeconds });
    }
    if (request.path === SERVICE || request.path === `${SERVICE}/`) return this.#repositories(request);
    const address = `${SERVICE}/${REPOSITORY_ID}`;
    if (!request.path.startsWith(address)) refuse('objectNotFound', 'Unknown repository id!');
    const rest = request.path.slice(address.length);
    const path = rest.startsWith('/root') ? decodeURIComponent(rest.slice('/root'.length)) : undefined;
    if (request.method === 'GET') {
      return path === undefined ? this.#onRepository(request, queryControl(request)) : this.#onRoot(request, path);
    }
    if (request.method !== 'POST') refuse('notSupported', 'Unknown operation');
    const form = await readForm(request);
    if (form.control('cmisaction') === 'query') return this.#query(request, form.control);
    return this.#act(form, path ?? refuse('notSupported', 'Unfiled objects are not supported.'));
  }

  #repositories(request: SandboxRequest): SandboxReply {
    const origin = this.#parts.publicOrigin ?? `http://${request.headers.host}`;
    const token = String(this.#parts.repository.store.commits.last);
    return { body: { [REPOSITORY_ID]: repositoryInfo(origin + SERVICE, token) } };
  }

  #onRepository(request: SandboxRequest, control: Control): SandboxReply {
    const typeId = control('typeId');
    const withProperties = control('includePropertyDefinitions') === 'true';
    switch (control('cmisselector') ?? 'repositoryInfo') {
      case 'repositoryInfo':
        return this.#repositories(request);
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
        return this.#query(request, control);
      case 'contentChanges':
        return { body: contentChanges(this.#parts.repository, control) };
      default:
        return refuse('notSupported', 'Unknown operation');
    }
  }

  #onRoot(request: SandboxRequest, path: string): SandboxReply {
    const reading = readingOf(this.#parts.repository, this.#parts.demo, request, path);
    const selector = reading.control('cmisselector') ?? defaultSelector(reading.row);
    return (OBJECT_SELECTORS[selector] ?? refuse('notSupported', 'Unknown operation'))(reading);
  }

  #query(request: SandboxRequest, control: Control): SandboxReply {
    if (this.#lastPage !== undefined && request.trouble('repeatPage') !== undefined) return this.#lastPage;
    const text = control('statement') ?? control('q') ?? refuse('invalidArgument', 'statement must be set');
    const result = runQuery(this.#parts.repository, text, {
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
    this.#lastPage = { body: { results, hasMoreItems, ...(numItems === undefined ? {} : { numItems }) } };
    return this.#lastPage;
  }

  #act(form: Form, path: string): SandboxReply {
    const { repository, user } = this.#parts;
    const action = ACTIONS[form.control('cmisaction') ?? ''] ?? refuse('notSupported', 'Unknown operation');
    const id = form.control('objectId');
    const target = () => (id === undefined ? objectByPath(repository, path) : objectById(repository, id));
    return action({ repository, form, user, target });
  }
}

const UNAUTHORIZED: SandboxReply = {
  status: 401,
  headers: { 'www-authenticate': 'Basic realm="CMIS", charset="UTF-8"', 'content-type': 'text/html;charset=utf-8' },
  body: '<html><head><title>Error 401</title></head><body><h2>HTTP ERROR 401 Authorization Required</h2></body></html>',
};

function queryControl(request: SandboxRequest): Control {
  return (name) => request.query.get(name) ?? undefined;
}

function dropKey(result: Record<string, unknown>): void {
  for (const values of Object.values(result) as Record<string, unknown>[]) {
    delete values['cmis:objectId'];
    delete values['cmis:versionSeriesId'];
  }
}
