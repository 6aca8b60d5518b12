import {
  ConfigError,
  ConflictError,
  ContractError,
  CredentialError,
  type Http,
  type HttpRequest,
  type IsthmusError,
  NotFoundError,
  NotSupportedError,
  type Protocol,
  type UpstreamResponse,
} from 'isthmus/sdk';
import type { Config } from './config.ts';

/** Property ids to values, as `succinct` answers give them. */
export type Row = Readonly<Record<string, unknown>>;

export interface RepositoryInfo {
  readonly repositoryId: string;
  readonly productName?: string;
  readonly productVersion?: string;
  readonly cmisVersionSupported?: string;
  readonly capabilities?: Readonly<Record<string, unknown>>;
  readonly repositoryUrl: string;
  readonly rootFolderUrl: string;
}

export interface QueryPage {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}

export const protocol: Protocol<Config> = {
  baseUrl: (config) => new URL(config.url).origin,
  open: async ({ user, password }) => ({
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  }),
  readFailure,
};

const INFO_LIVES_MS = 5 * 60_000;

/** The addresses of one repository, learned from its service document, and what is asked there. */
export class RepositoryClient {
  readonly #config: Config;
  #held: { readonly info: RepositoryInfo; readonly until: number } | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  async info(http: Http, how: { readonly fresh?: boolean } = {}): Promise<RepositoryInfo> {
    if (this.#held !== undefined && Date.now() < this.#held.until && !how.fresh) return this.#held.info;
    const { body } = await http.json<Record<string, RepositoryInfo>>({ path: this.#config.url });
    const info = this.#chosen(body);
    this.#held = { info, until: Date.now() + INFO_LIVES_MS };
    return info;
  }

  /** By POST, because an address has no room for many ids. */
  async query(
    http: Http,
    statement: string,
    paging: { readonly maxItems: number; readonly skipCount?: number },
  ): Promise<QueryPage> {
    const { maxItems, skipCount = 0 } = paging;
    const form = { cmisaction: 'query', statement, succinct: 'true', searchAllVersions: 'false' };
    const { body } = await http.json<{ results?: { succinctProperties?: Row }[]; hasMoreItems?: boolean }>({
      method: 'POST',
      path: this.#address((await this.info(http)).repositoryUrl),
      body: new URLSearchParams({ ...form, maxItems: String(maxItems), skipCount: String(skipCount) }),
      safe: true,
    });
    const rows = body.results?.map((result) => result.succinctProperties);
    if (rows === undefined || rows.includes(undefined)) {
      throw new ContractError(
        'The repository answered a query without results. Check that url is its CMIS 1.1 browser binding.',
      );
    }
    // `hasMoreItems` may be absent: a full page then means that there may be more.
    return { rows: rows as Row[], hasMore: body.hasMoreItems === true || rows.length >= maxItems };
  }

  /** Undefined where the object is gone, or not for our eyes. */
  async read<T>(
    http: Http,
    selector: string,
    objectId: string,
    controls: Readonly<Record<string, string>> = {},
  ): Promise<T | undefined> {
    const request = await this.#reading(http, selector, objectId, { succinct: 'true', ...controls });
    const { status, body } = await http.json<T>({ ...request, accept: [403, 404] });
    return status >= 400 ? undefined : body;
  }

  async stream(http: Http, objectId: string, range: string | undefined) {
    const request = await this.#reading(http, 'content', objectId, {});
    return http.stream({ ...request, accept: [403, 416], ...(range === undefined ? {} : { headers: { range } }) });
  }

  async type<T>(http: Http, typeId: string): Promise<T> {
    const { repositoryUrl } = await this.info(http);
    const query = { cmisselector: 'typeDefinition', typeId };
    return (await http.json<T>({ path: this.#address(repositoryUrl), query })).body;
  }

  async #reading(
    http: Http,
    cmisselector: string,
    objectId: string,
    controls: Readonly<Record<string, string>>,
  ): Promise<HttpRequest> {
    const { rootFolderUrl } = await this.info(http);
    return { path: this.#address(rootFolderUrl), query: { cmisselector, objectId, ...controls } };
  }

  /** A repository behind a proxy may tell its own idea of the origin; the configured one is where we got through. */
  #address(url: string): string {
    const { pathname, search } = new URL(url, this.#config.url);
    return new URL(pathname + search, this.#config.url).href;
  }

  #chosen(offered: Readonly<Record<string, RepositoryInfo>>): RepositoryInfo {
    const ids = Object.keys(offered);
    const id = this.#config.repositoryId ?? (ids.length === 1 ? ids[0]! : undefined);
    const info = id === undefined ? undefined : offered[id];
    if (info?.repositoryUrl !== undefined && info.rootFolderUrl !== undefined) return info;
    if (info !== undefined || ids.length === 0) {
      throw new ContractError('The address answers, but not as a CMIS 1.1 browser binding. Check url.');
    }
    const known = ids.slice(0, 10).join(', ');
    const problem = id === undefined ? 'the service has several repositories' : `there is no repository "${id}"`;
    throw new ConfigError(`repositoryId: ${problem}. Set it to one of: ${known}.`, {
      details: { field: 'repositoryId' },
    });
  }
}

/** By the name of the exception, where the status alone does not say it best; messages are another system's text and may quote data. */
function readFailure({ status, json }: UpstreamResponse): IsthmusError | undefined {
  const { exception } = (json ?? {}) as { exception?: unknown };
  if (typeof exception !== 'string') return undefined;
  const details = { status, exception };
  switch (exception) {
    case 'invalidArgument':
    case 'filterNotValid':
      return new ContractError(
        'The repository does not know a property or type that is asked for. Check documentType, folderType and the properties named in the config.',
        { details },
      );
    case 'permissionDenied':
      return new CredentialError("The repository denies the connection's user the right to read.", { details });
    case 'objectNotFound':
      return new NotFoundError('The repository has no such object.', { details });
    case 'notSupported':
    case 'streamNotSupported':
      return new NotSupportedError('The repository does not support this.', { details });
    case 'nameConstraintViolation':
    case 'contentAlreadyExists':
    case 'constraint':
    case 'updateConflict':
    case 'versioning':
      return new ConflictError(`The repository refuses it (${exception}).`, { details });
    default:
      return undefined;
  }
}
