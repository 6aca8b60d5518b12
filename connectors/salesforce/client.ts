import { sign } from 'node:crypto';
import {
  ConflictError,
  ContractError,
  CredentialError,
  type Http,
  type HttpAnswer,
  type IsthmusError,
  NotFoundError,
  type Protocol,
  RateLimitedError,
  RejectedRecordError,
  type Session,
  TransientError,
  type UpstreamResponse,
} from 'isthmus/sdk';
import type { Config } from './config.ts';

/** A record as the REST API gives it. */
export type Row = Readonly<Record<string, unknown>>;

export interface QueryPage {
  readonly totalSize: number;
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly Row[];
}

export const protocol: Protocol<Config> = {
  baseUrl: (config) => config.url,
  open: logIn,
  readFailure,
  readQuota: ({ headers }) => {
    const usage = /api-usage=(\d+)\/(\d+)/.exec(headers['sforce-limit-info'] ?? '');
    return usage === null ? undefined : { used: Number(usage[1]), limit: Number(usage[2]) };
  },
};

/** A statement's path. Commas need no encoding, and lists of ids are long. */
export function queryPath(config: Config, soql: string, scope: 'query' | 'queryAll' = 'query'): string {
  return `/services/data/${config.version}/${scope}?q=${encodeURIComponent(soql).replaceAll('%2C', ',')}`;
}

export async function query({ pageSize }: Config, http: Http, path: string): Promise<QueryPage> {
  const headers = { 'sforce-query-options': `batchSize=${pageSize}` };
  const { body } = await http.json<QueryPage>({ path, headers });
  if (!Array.isArray(body?.records) || typeof body.done !== 'boolean')
    throw new ContractError('Salesforce answered a query without records. Check the address and the API version.');
  return body;
}

/** The reply tells no lifetime: that a session is over is only seen as a 401. */
async function logIn(config: Config, http: Http): Promise<Session> {
  const { auth } = config;
  const form: Record<string, string> =
    auth.kind === 'jwt'
      ? {
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          assertion: assertion(auth, await serverTime(http)),
        }
      : { grant_type: 'client_credentials', client_id: auth.clientId, client_secret: auth.clientSecret };
  const answer = await http.json<{ access_token?: string; instance_url?: string }>({
    method: 'POST',
    path: '/services/oauth2/token',
    body: new URLSearchParams(form),
    safe: true,
  });
  const { access_token: token, instance_url: baseUrl } = answer.body;
  if (token === undefined || baseUrl === undefined)
    throw new ContractError('Salesforce answered the login without a token. Check url: it must be the My Domain.');
  return { headers: { authorization: `Bearer ${token}` }, baseUrl };
}

/** The server's clock judges the assertion, so it sets its end as well. */
async function serverTime(http: Http): Promise<number> {
  const answer: HttpAnswer<unknown> = await http.json({ path: '/services/data' });
  const at = Date.parse(answer.headers.date ?? '');
  return Number.isNaN(at) ? Date.now() : at;
}

function assertion(auth: Config['auth'] & { kind: 'jwt' }, now: number): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: auth.clientId, sub: auth.username, aud: auth.audience, exp: Math.floor(now / 1000) + 150 };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), auth.privateKey).toString('base64url')}`;
}

const TRANSIENT =
  /^(UNABLE_TO_LOCK_ROW|QUERY_TIMEOUT|REQUEST_RUNNING_TOO_LONG|TXN_.*|UNKNOWN_EXCEPTION|ORG_IN_MAINTENANCE|SERVER_UNAVAILABLE|INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE)$/;
const REJECTED =
  /^(FIELD_CUSTOM_VALIDATION_EXCEPTION|REQUIRED_FIELD_MISSING|STRING_TOO_LONG|INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST|DUPLICATES_DETECTED|DUPLICATE_VALUE|INVALID_CROSS_REFERENCE_KEY|CANNOT_UPDATE_CONVERTED_LEAD|INACTIVE_OWNER_OR_USER)$/;
const CONTRACT = /^(INVALID_FIELD|INVALID_TYPE|INVALID_QUERY_LOCATOR|MALFORMED_QUERY|INSUFFICIENT_ACCESS.*)$/;

/** The vendor's code words to our errors. Its messages may quote data, so only codes and names of fields are told. */
function readFailure({ status, json }: UpstreamResponse): IsthmusError | undefined {
  const { error } = (Array.isArray(json) ? {} : (json ?? {})) as { error?: string };
  if (typeof error === 'string')
    return new CredentialError(`Salesforce refuses the login (${error}). Check auth, and that the app is approved.`, {
      details: { status, error },
    });
  const [first] = (Array.isArray(json) ? json : []) as { errorCode?: string; message?: string }[];
  const code = first?.errorCode;
  if (code === undefined) return undefined;
  const details = { status, errorCode: code };
  if (status === 401) return new CredentialError('Salesforce: the session is not valid.', { details });
  if (code === 'REQUEST_LIMIT_EXCEEDED') {
    const isDaily = first?.message?.startsWith('TotalRequests') === true;
    const what = isDaily ? 'the calls of 24 hours are used up' : 'too many calls at once';
    return new RateLimitedError(`Salesforce: ${what}.`, { details, quota: isDaily ? 'day' : 'second' });
  }
  if (TRANSIENT.test(code)) return new TransientError(`Salesforce is not able to answer now (${code}).`, { details });
  if (REJECTED.test(code)) return new RejectedRecordError(`Salesforce refuses the record (${code}).`, { details });
  if (code === 'NOT_FOUND' || code === 'ENTITY_IS_DELETED')
    return new NotFoundError(`Salesforce knows no such record or path (${code}).`, { details });
  if (status === 412 || code === 'ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE')
    return new ConflictError('Salesforce: the record was changed meanwhile.', { details });
  if (CONTRACT.test(code)) {
    const field = /(?:No such column|relationship) '([\w.]+)'/.exec(first?.message ?? '')?.[1];
    const named = field === undefined ? '' : ` ${field}`;
    const fix = 'Check the field-level security of the connection’s user, and extend.select.';
    return new ContractError(`Salesforce does not offer the field or object${named} (${code}). ${fix}`, {
      details: { ...details, field },
    });
  }
  return undefined;
}
