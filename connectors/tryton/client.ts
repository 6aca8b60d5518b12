import {
  ConfigError,
  ContractError,
  CredentialError,
  type Http,
  hasCode,
  type IsthmusError,
  type Protocol,
  RateLimitedError,
  RejectedRecordError,
} from 'isthmus/sdk';
import type { Config } from './config.ts';

/** Fields by name; those behind a relation under its name and a dot, as `party.` or `lines.`. */
export type Row = Readonly<Record<string, unknown>>;
export type Domain = readonly unknown[];

export const protocol: Protocol<Config> = {
  baseUrl: ({ url }) => url,
  open,
  readFailure: ({ status, headers }) =>
    status === 429 && headers['retry-after'] === undefined
      ? new RateLimitedError(
          'Tryton takes no login for some minutes, not even a right one: there were too many wrong ones. Correct user and password, and wait.',
          { retryAfter: LOCKED_FOR },
        )
      : undefined,
};

const LOCKED_FOR = 60_000;

/** Series 8 answers below `rpc/`, all before it at the root. */
export async function findServer({ url }: Config, http: Http) {
  const root = url.endsWith('/') ? url : `${url}/`;
  const body = { id: 1, method: 'common.server.version', params: [] };
  for (const below of ['rpc/', '']) {
    const path = root + below;
    const answer = await http.text({ method: 'POST', path, body, safe: true, accept: [400, 401, 403, 404, 405] });
    const version = answer.status === 200 && /"result": ?"([\d.]+)"/.exec(answer.body)?.[1];
    if (version) return { version, root, below };
  }
  throw new ContractError('The address answers, but not as Tryton. Check url: it ends before the database.');
}

async function open(config: Config, http: Http) {
  const { database, user, password, language } = config;
  const { root, below } = await findServer(config, http);
  const baseUrl = `${root}${encodeURIComponent(database)}/${below}`;
  if (config.authentication === 'basic') return { baseUrl, headers: authorization('Basic', `${user}:${password}`) };
  const params = [user, { password }, language];
  try {
    const [id, key] = await ask<[number, string]>(http, 'common.db.login', params, baseUrl);
    return { baseUrl, headers: authorization('Session', `${user}:${id}:${key}`) };
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
    throw new ConfigError(`database: Tryton has no database "${database}". Correct it.`, {
      cause: error,
      details: { field: 'database' },
    });
  }
}

function authorization(scheme: string, credentials: string) {
  return { authorization: `${scheme} ${Buffer.from(credentials).toString('base64')}` };
}

export interface FieldDescription {
  readonly type?: string;
  readonly string?: string;
  readonly relation?: string;
  readonly readonly?: unknown;
  readonly required?: unknown;
}

/** Calls that only read: they may be sent again. */
export class TrytonClient {
  readonly #config: Config;
  #context: Promise<Row> | undefined;
  #clock = 0;

  constructor(config: Config) {
    this.#config = config;
  }

  async call<T>(http: Http, method: string, params: readonly unknown[], context: Row = {}): Promise<T> {
    const all = [...params, { ...(await this.#ownContext(http)), ...context }];
    return await ask<T>(http, `model.${method}`, all, '', (at) => {
      this.#clock = Math.max(this.#clock, at);
    });
  }

  /** The server's clock as it was last told, ms; 0 where it never was. */
  get clock(): number {
    return this.#clock;
  }

  /** Rows of a model by id. Reading by `search_read` leaves out what is gone, where `read` would fail. */
  async rows(
    http: Http,
    model: string,
    query: { readonly domain: Domain; readonly limit: number | null; readonly fields: readonly string[] },
    context?: Row,
  ): Promise<readonly Row[]> {
    const params = [query.domain, 0, query.limit, [['id', 'ASC']], query.fields];
    try {
      return await this.call<readonly Row[]>(http, `${model}.search_read`, params, context);
    } catch (error) {
      if (hasCode(error, 'REJECTED_RECORD')) await this.#refuseWithoutRight(http, model);
      throw error;
    }
  }

  ids(http: Http, model: string, domain: Domain, limit: number | null, order = 'ASC'): Promise<readonly number[]> {
    return this.call(http, `${model}.search`, [domain, 0, limit, [['id', order]]]);
  }

  /** Those of a model in this database: modules and series bring their own. */
  fields(http: Http, model: string): Promise<Readonly<Record<string, FieldDescription>>> {
    return this.call(http, `${model}.fields_get`, [null]);
  }

  async mayRead(http: Http, models: readonly string[]): Promise<Readonly<Record<string, boolean>>> {
    const access = await this.call<Record<string, { read?: unknown }>>(http, 'ir.model.access.get_access', [models]);
    return Object.fromEntries(models.map((model) => [model, Boolean(access[model]?.read ?? true)]));
  }

  /** What a user works with: archived records are shown, and amounts are those of the company. */
  async #ownContext(http: Http): Promise<Row> {
    this.#context ??= this.#readContext(http).catch((error: unknown) => {
      this.#context = undefined;
      throw error;
    });
    return await this.#context;
  }

  async #readContext(http: Http): Promise<Row> {
    const { company, language } = this.#config;
    const preferences = await ask<Row>(http, 'model.res.user.get_preferences', [true, {}]);
    return { active_test: false, language, company: company ?? preferences.company ?? null };
  }

  async #refuseWithoutRight(http: Http, model: string): Promise<void> {
    if ((await this.mayRead(http, [model]))[model] !== false) return;
    throw new CredentialError(`The user may not read ${model}. Grant it by a group, or leave the stream out.`, {
      details: { status: 403, model },
    });
  }
}

async function ask<T>(
  http: Http,
  method: string,
  params: readonly unknown[],
  path = '',
  atTime: (ms: number) => void = () => {},
): Promise<T> {
  const body = { id: 1, method, params };
  const answer = await http.json<{ result?: T; error?: readonly unknown[] }>({
    ...{ method: 'POST', path, body, safe: true },
    timeout: 60_000,
  });
  const at = Date.parse(answer.headers.date ?? '');
  if (!Number.isNaN(at)) atTime(at);
  if (answer.body.error !== undefined) throw refusal(method, answer.body.error);
  return answer.body.result as T;
}

/** Messages are another system's text and may quote data: they go into the cause. */
function refusal(method: string, [exception, said]: readonly unknown[]): IsthmusError {
  const about = { cause: new Error(`${exception} ${JSON.stringify(said)}`), details: { method } };
  switch (exception) {
    case 'UserError':
    case 'UserWarning':
      return new RejectedRecordError(`Tryton refuses it (${exception}).`, about);
    case 'LoginException':
      return new CredentialError(
        'Tryton asks for more than a password. Use a user that logs in by password alone.',
        about,
      );
    default:
      return new ContractError(
        `Tryton cannot answer ${method}: a model or field is not there. Check its modules and the connection's extend.`,
        about,
      );
  }
}
