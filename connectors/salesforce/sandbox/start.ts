import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import {
  createRateLimit,
  createSandboxClock,
  createSandboxRouter,
  demoEnterprise,
  type RateLimit,
  type SandboxHandler,
  type SandboxServer,
  type SandboxStore,
  startSandboxServer,
} from 'isthmus/sdk/testing';
import { batchEndpoint } from './batch.ts';
import { INTEGRATION_USER, seedDemo } from './demo-rows.ts';
import { basicInformation, describeGlobal, describeObject, replication } from './describe.ts';
import type { CustomField } from './fields.ts';
import { Login, policyRefusal } from './login.ts';
import { type SandboxObject, sandboxObjects } from './objects.ts';
import { ORG_ID, type Org, openOrg } from './org.ts';
import { QueryEndpoints } from './query.ts';
import { RecordEndpoints } from './records.ts';
import { errorReply, statusReply } from './refusals.ts';
import { RecordWrites } from './writes.ts';

export interface SalesforceSandboxOptions {
  readonly port?: number;
  readonly seed?: number;
  readonly scale?: number;
  /** Where the org is kept; forgotten at stop when absent. */
  readonly folder?: string;
  readonly customFields?: Readonly<Record<string, readonly CustomField[]>>;
  /** Calls in 24 h; 100,000 when absent. */
  readonly requestsPerDay?: number;
  /** How long a session lives; two hours when absent. */
  readonly sessionSeconds?: number;
}

/** What a client needs to log in. */
export type SalesforceLogin = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  /** PEM, PKCS 8: signs the JWTs. */
  readonly privateKey: string;
};

export interface SalesforceSandbox extends SandboxServer {
  readonly store: SandboxStore;
  readonly ready: SalesforceLogin;
  readonly writes: RecordWrites;
  readonly login: Login;
  readonly limit: RateLimit;
  object(name: string): SandboxObject;
  /** Field-level security takes a field away from the connection's user. */
  hideField(object: string, field: string): void;
}

const VERSIONS = ['60.0', '61.0', '62.0', '63.0', '64.0', '65.0', '66.0', '67.0'];
const MAX_URI_BYTES = 16_384;

export async function startSalesforce(options: SalesforceSandboxOptions = {}): Promise<SalesforceSandbox> {
  const clock = createSandboxClock({ precisionMs: 1000 });
  const objects = sandboxObjects(options.customFields);
  const file = options.folder === undefined ? undefined : join(options.folder, 'salesforce.sqlite');
  const org = openOrg({ objects, clock, ...(file === undefined ? {} : { file }) });
  const demo = demoEnterprise({ seed: options.seed ?? 1, scale: options.scale ?? 1 });
  await org.store.seedOnce(`salesforce-1/${demo.seed}/${demo.scale}`, () => seedDemo(org, demo));

  const keys = keysOf(org);
  const ready = {
    clientId: 'isthmus-demo',
    clientSecret: 'demo-secret',
    username: INTEGRATION_USER.username,
    privateKey: keys.privateKey,
  };
  let url = '';
  const { id, username } = INTEGRATION_USER;
  const login = new Login({
    clock,
    app: { clientId: ready.clientId, clientSecret: ready.clientSecret, publicKey: keys.publicKey },
    orgId: ORG_ID,
    user: { id, username },
    sessionSeconds: options.sessionSeconds ?? 7200,
    url: () => url,
  });
  const limit = createRateLimit({ perDay: options.requestsPerDay ?? 100_000 }, clock);
  const writes = new RecordWrites(org, id);
  const hideField = (object: string, field: string) => void org.object(object).hidden.add(field);
  const server = await startSandboxServer({
    name: 'salesforce',
    port: options.port ?? 0,
    handler: handlerOf({ org, login, limit, writes }),
    store: org.store,
    maxHeaderBytes: 4 * MAX_URI_BYTES,
    errorReply: (status) => statusReply(status),
    control: controlOf({ writes, login, limit, hideField }),
  });
  url = server.url;
  return Object.assign(server, { store: org.store, ready, writes, login, limit, hideField, object: org.object });
}

interface Parts {
  readonly org: Org;
  readonly login: Login;
  readonly limit: RateLimit;
  readonly writes: RecordWrites;
}

/** Login and the version list are open; everything else needs a session and counts against the day. */
function handlerOf(parts: Parts): SandboxHandler {
  const api = apiRouter(parts);
  const open = createSandboxRouter({ notFound: (request) => guarded(request) })
    .on('POST', '/services/oauth2/token', (request) => parts.login.token(request))
    .on('GET', '/services/data', () => ({ body: VERSIONS.map(versionEntry) }))
    .on('GET', '/services/data/', () => ({ body: VERSIONS.map(versionEntry) }));
  const guarded: SandboxHandler = async (request) => {
    if (request.trouble('policyRefusal') !== undefined) return policyRefusal();
    parts.login.authorize(request);
    const verdict = parts.limit.take();
    if (!verdict.allowed) return errorReply(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    const reply = await api(request);
    const usage = `api-usage=${verdict.usedToday}/${parts.limit.perDay ?? 0}`;
    return { ...reply, headers: { ...reply.headers, 'sforce-limit-info': usage } };
  };
  return (request) => {
    const uri = Buffer.byteLength(request.path) + Buffer.byteLength(request.search) + 1;
    if (uri > MAX_URI_BYTES) return errorReply(414, 'URI_TOO_LONG', 'The request URI is too long');
    const headers = Object.entries(request.headers).reduce(
      (sum, [name, value]) => sum + name.length + String(value).length + 4,
      0,
    );
    if (uri + headers > MAX_URI_BYTES)
      return errorReply(431, 'REQUEST_HEADER_TOO_LARGE', 'URI and headers are too long');
    return open.handle(request);
  };
}

function apiRouter({ org, login, limit, writes }: Parts): SandboxHandler {
  const queries = new QueryEndpoints(org);
  const records = new RecordEndpoints(org, writes);
  const base = '/services/data/:version';
  const router = createSandboxRouter({ notFound: () => statusReply(404) })
    .on('GET', '/id/:org/:user', () => login.identity())
    .on('GET', '/services/oauth2/userinfo', () => login.identity())
    .on('GET', base, (request) => ({ body: resources(request.params.version!) }))
    .on('GET', `${base}/`, (request) => ({ body: resources(request.params.version!) }))
    .on('GET', `${base}/limits`, () => ({ body: limitsBody(limit) }))
    .on('GET', `${base}/query`, (request) => queries.query(request, 'living'))
    .on('GET', `${base}/queryAll`, (request) => queries.query(request, 'all'))
    .on('GET', `${base}/query/:locator`, (request) => queries.more(request))
    .on('GET', `${base}/queryAll/:locator`, (request) => queries.more(request))
    .on('GET', `${base}/sobjects`, (request) => describeGlobal(org, request))
    .on('GET', `${base}/sobjects/:type`, (request) => basicInformation(org, request))
    .on('GET', `${base}/sobjects/:type/describe`, (request) => describeObject(org, request))
    .on('GET', /^\/services\/data\/(?<version>[^/]+)\/sobjects\/(?<type>[^/]+)\/updated\/?$/, (request) =>
      replication(org, request, 'updated'),
    )
    .on('GET', /^\/services\/data\/(?<version>[^/]+)\/sobjects\/(?<type>[^/]+)\/deleted\/?$/, (request) =>
      replication(org, request, 'deleted'),
    )
    .on('POST', `${base}/sobjects/:type`, (request) => records.create(request))
    .on('GET', `${base}/sobjects/:type/:id`, (request) => records.get(request))
    .on('PATCH', `${base}/sobjects/:type/:id`, (request) => records.update(request))
    .on('DELETE', `${base}/sobjects/:type/:id`, (request) => records.remove(request))
    .on('GET', `${base}/sobjects/:type/:field/:value`, (request) => records.getByExternalId(request))
    .on('PATCH', `${base}/sobjects/:type/:field/:value`, (request) => records.upsert(request))
    .on(['POST', 'PATCH'], `${base}/composite/sobjects`, (request) => records.writeMany(request))
    .on('DELETE', `${base}/composite/sobjects`, (request) => records.removeMany(request))
    .on(['GET', 'POST'], `${base}/composite/sobjects/:type`, (request) => records.retrieve(request))
    .on('PATCH', `${base}/composite/sobjects/:type/:field`, (request) => records.upsertMany(request))
    .on('POST', `${base}/composite/batch`, (request) => batchEndpoint(request, versioned));
  const versioned: SandboxHandler = (request) => {
    const version = /^\/services\/data\/v([^/]+)/.exec(request.path)?.[1];
    if (version !== undefined && !VERSIONS.includes(version)) return statusReply(404);
    return router.handle(request);
  };
  return versioned;
}

function versionEntry(version: string): object {
  return { label: `Release ${version}`, url: `/services/data/v${version}`, version };
}

function resources(version: string): object {
  const names = ['limits', 'query', 'queryAll', 'sobjects', 'composite'];
  return Object.fromEntries(names.map((name) => [name, `/services/data/${version}/${name}`]));
}

function limitsBody(limit: RateLimit): object {
  const max = limit.perDay ?? 0;
  return { DailyApiRequests: { Max: max, Remaining: Math.max(0, max - limit.usedToday) } };
}

/** The key pair of the connected app outlives a restart. */
function keysOf(org: Org): { publicKey: string; privateKey: string } {
  const kept = org.store.getSetting('jwt keys');
  if (kept !== undefined) return JSON.parse(kept) as { publicKey: string; privateKey: string };
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  org.store.setSetting('jwt keys', JSON.stringify(keys));
  return keys;
}

interface Controlled extends Pick<Parts, 'login' | 'limit' | 'writes'> {
  hideField(object: string, field: string): void;
}

/** What the product offers in SOAP or in its set-up pages only. */
function controlOf({ writes, login, limit, hideField }: Controlled): Record<string, SandboxHandler> {
  /** Runs an effect on the JSON that was sent and answers 204. */
  const effect =
    <T>(run: (asked: T) => void): SandboxHandler =>
    (request) => {
      run((request.body.length > 0 ? request.json<T>() : {}) as T);
      return { status: 204 };
    };
  return {
    undelete: effect<{ id: string }>(({ id }) => writes.undelete(id)),
    'remove-for-good': effect<{ id: string }>(({ id }) => writes.removeForGood(id)),
    merge: effect<{ winner: string; losers: string[] }>(({ winner, losers }) => writes.merge(winner, losers)),
    'expire-sessions': effect(() => login.expireSessions()),
    'hide-field': effect<{ object: string; field: string }>(({ object, field }) => hideField(object, field)),
    limit: effect<{ perDay: number }>((asked) => limit.set(asked)),
  };
}
