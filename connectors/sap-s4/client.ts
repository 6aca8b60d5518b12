import { randomUUID } from 'node:crypto';
import {
  ContractError,
  CredentialError,
  type Http,
  type HttpAnswer,
  type IsthmusError,
  type Protocol,
  type Session,
  TransientError,
  type UpstreamResponse,
} from 'isthmus/sdk';
import type { SapS4Config } from './config.ts';
import { batchOfReads, encodeValue, readBatch } from './odata.ts';
import { SessionPool } from './session-pool.ts';

const ODATA_ROOT = 'sap/opu/odata/sap/';
const TOKEN_PATH = 'sap/bc/sec/oauth2/token';

/** A row as the service gives it. */
export type Row = Readonly<Record<string, unknown>>;

export interface RowPage {
  readonly rows: readonly Row[];
  /** The server's link to more, relative to the service's root. */
  readonly next?: string;
}

/** Reads of one connection: single GETs, or several as one `$batch`. */
export class GatewayClient {
  readonly #config: SapS4Config;
  readonly #pools = new Map<string, SessionPool>();

  constructor(config: SapS4Config) {
    this.#config = config;
  }

  async page(service: string, path: string, http: Http): Promise<RowPage> {
    const { body } = await http.json({ path: this.#path(service, path) });
    return pageOf(body, service);
  }

  /** All rows of each path, in one call when the server does not cut an answer: a GET, or a batch of them. */
  async all(service: string, paths: readonly string[], http: Http): Promise<Row[][]> {
    const rows: Row[][] = paths.map(() => []);
    let open = paths.map((path, at) => ({ path, at }));
    while (open.length > 0) {
      const asked = open.map(({ path }) => path);
      const pages =
        asked.length === 1 ? [await this.page(service, asked[0]!, http)] : await this.#batch(service, asked, http);
      const following: typeof open = [];
      pages.forEach((page, index) => {
        const { path, at } = open[index]!;
        rows[at]!.push(...page.rows);
        if (page.next === path) throw new ContractError(`SAP's ${service} links a page to itself.`);
        if (page.next !== undefined) following.push({ path: page.next, at });
      });
      open = following;
    }
    return rows;
  }

  /** The service's EDMX, or its refusal: 403 and 404 are answers here. */
  metadata(service: string, http: Http): Promise<HttpAnswer<string>> {
    return http.text({
      path: this.#path(service, '$metadata'),
      headers: { accept: 'application/xml' },
      accept: [403, 404],
    });
  }

  async #batch(service: string, paths: readonly string[], http: Http): Promise<RowPage[]> {
    const boundary = `batch_${randomUUID()}`;
    const reply = await this.#pool(service).use(this.#path(service, ''), http, async (session) => {
      const answer = await http.text({
        method: 'POST',
        path: this.#path(service, '$batch'),
        headers: {
          'content-type': `multipart/mixed; boundary=${boundary}`,
          accept: 'multipart/mixed',
          'x-csrf-token': session.token,
          cookie: session.cookie,
        },
        body: batchOfReads(paths, boundary),
        safe: true,
        accept: [403],
      });
      if (answer.status !== 403) return answer;
      if (answer.headers['x-csrf-token']?.toLowerCase() === 'required') return 'expired';
      throw forbidden();
    });
    const answers = readBatch(reply.headers['content-type'] ?? '', reply.body);
    if (answers === undefined || answers.length !== paths.length) {
      throw new TransientError(
        `SAP's ${service} answered a batch of ${paths.length} reads with something else, or cut it.`,
      );
    }
    return answers.map((answer) => {
      if (answer.status >= 300) throw partFailure(service, answer.status, answer.body);
      return pageOf(parse(answer.body, service), service);
    });
  }

  #pool(service: string): SessionPool {
    let pool = this.#pools.get(service);
    if (pool === undefined) {
      pool = new SessionPool();
      this.#pools.set(service, pool);
    }
    return pool;
  }

  #path(service: string, path: string): string {
    const { client } = this.#config;
    const whole = `${ODATA_ROOT}${service}/${path}`;
    return client === undefined ? whole : `${whole}${path.includes('?') ? '&' : '?'}sap-client=${client}`;
  }
}

function pageOf(body: unknown, service: string): RowPage {
  const content = (body as { readonly d?: unknown } | undefined)?.d;
  const results = Array.isArray(content) ? content : (content as { results?: unknown } | undefined)?.results;
  if (!Array.isArray(results)) {
    throw new ContractError(`SAP's ${service} answered without d.results. Check the version of the service.`);
  }
  const next = (content as { readonly __next?: unknown }).__next;
  return typeof next === 'string' ? { rows: results, next: belowService(next, service) } : { rows: results };
}

/** A link may name another host (a system behind a proxy) or none: what counts is what follows the service. */
function belowService(link: string, service: string): string {
  const mark = `/${service}/`;
  const at = link.indexOf(mark);
  const path = at < 0 ? link : link.slice(at + mark.length);
  const withoutClient = path.replace(/([?&])sap-client=\d+&?/, '$1').replace(/[?&]$/, '');
  return withoutClient.replaceAll(/['\s]/g, (character) => encodeValue(character));
}

function parse(text: string, service: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TransientError(`SAP's ${service} cut an answer inside a batch.`, { cause: error });
  }
}

function partFailure(service: string, status: number, text: string): IsthmusError {
  const failure = readFailure({ status, headers: { 'content-type': 'application/json' }, text, json: tryParse(text) });
  if (failure !== undefined) return failure;
  if (status >= 500 || status === 429) return new TransientError(`SAP's ${service} fails inside a batch (${status}).`);
  return new ContractError(`SAP's ${service} refuses a read inside a batch (${status}).`, { details: { status } });
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function forbidden(): CredentialError {
  return new CredentialError(
    'SAP grants the communication user no access to this service. Add its communication scenario to the arrangement (SAP_COM_0008 partners, 0009 products, 0053 purchase orders, 0109 sales orders, 0120 billing, 0164 stock).',
    { details: { status: 403 } },
  );
}

/** The error body of V2: `{"error":{"code","message":{"value"}}}`. Its words stay in SAP; its code is told. */
function readFailure(response: UpstreamResponse): IsthmusError | undefined {
  const { status } = response;
  if (status === 403) return forbidden();
  if (status !== 400 && status !== 404 && status !== 500) return undefined;
  const error = (response.json as { error?: { code?: unknown; message?: { value?: unknown } } } | undefined)?.error;
  if (error === undefined || typeof error.code !== 'string') return undefined;
  const { code } = error;
  if (status === 400 && /lock(ed|ing)|gesperrt/i.test(String(error.message?.value ?? ''))) {
    return new TransientError(`SAP says that the object is locked (${code}).`, { details: { code } });
  }
  if (status === 404 && code === '/IWFND/MED/170') {
    return new ContractError(
      'SAP does not know this service. Activate it (transaction /IWFND/MAINT_SERVICE, or a communication arrangement), or leave its streams out (streams).',
      { details: { code } },
    );
  }
  if (status !== 400) return undefined;
  return new ContractError(
    `SAP refuses the request (${code}). Check the version of the service and the connection's extend.`,
    { details: { code } },
  );
}

interface TokenAnswer {
  readonly access_token?: string;
  readonly expires_in?: number | string;
}

async function openSession(config: SapS4Config, http: Http): Promise<Session> {
  if (config.username !== undefined) return { headers: { authorization: basic(config.username, config.password!) } };
  const askedAt = Date.now();
  const { body } = await http.json<TokenAnswer>({
    method: 'POST',
    path: config.tokenUrl ?? TOKEN_PATH,
    headers: { authorization: basic(config.clientId!, config.clientSecret!) },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    safe: true,
  });
  if (typeof body?.access_token !== 'string') {
    throw new CredentialError('SAP gave no access token. Check tokenUrl and the OAuth client.');
  }
  const seconds = Number(body.expires_in);
  return {
    headers: { authorization: `Bearer ${body.access_token}` },
    ...(Number.isFinite(seconds) && seconds > 0 ? { expiresAt: askedAt + seconds * 1000 } : {}),
  };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export const protocol: Protocol<SapS4Config> = {
  baseUrl: (config) => config.baseUrl,
  open: openSession,
  readFailure,
};
