import { randomBytes } from 'node:crypto';
import type { SandboxReply, SandboxRequest } from 'isthmus/sdk/testing';
import { errorReply, refuse } from './refusals.ts';

export interface SandboxCredentials {
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const SESSION_COOKIE = 'SAP_SESSIONID_S4H_100';

/** Logins, OAuth tokens and CSRF tokens: a token counts with the session cookie that it came with. */
export class Sessions {
  readonly #credentials: SandboxCredentials;
  readonly #tokenLifetimeMs: number;
  readonly #bearers = new Map<string, number>();
  readonly #csrf = new Map<string, string>();

  constructor(credentials: SandboxCredentials, tokenLifetimeSeconds: number) {
    this.#credentials = credentials;
    this.#tokenLifetimeMs = tokenLifetimeSeconds * 1000;
  }

  /** Every session and token ends, as at a restart of the system. */
  forget(): void {
    this.#bearers.clear();
    this.#csrf.clear();
  }

  /** `POST /sap/bc/sec/oauth2/token`, client credentials. */
  token(request: SandboxRequest): SandboxReply {
    const { clientId, clientSecret } = this.#credentials;
    if (request.headers.authorization !== basic(clientId, clientSecret)) {
      return { status: 401, body: { error: 'invalid_client', error_description: 'Client authentication failed' } };
    }
    if (request.form().get('grant_type') !== 'client_credentials') {
      return { status: 400, body: { error: 'unsupported_grant_type' } };
    }
    const token = randomBytes(24).toString('base64url');
    this.#bearers.set(token, Date.now() + this.#tokenLifetimeMs);
    return {
      headers: { 'cache-control': 'no-store' },
      body: { access_token: token, token_type: 'Bearer', expires_in: String(this.#tokenLifetimeMs / 1000) },
    };
  }

  authenticate(request: SandboxRequest): void {
    const given = request.headers.authorization ?? '';
    const { username, password } = this.#credentials;
    if (given === basic(username, password)) return;
    const expiresAt = given.startsWith('Bearer ') ? this.#bearers.get(given.slice(7)) : undefined;
    if (expiresAt === undefined || expiresAt < Date.now()) {
      refuse(401, 'Logon failed: user or password is incorrect', '/IWFND/CM_MGW/096');
    }
  }

  /** Headers for a request that asked for a CSRF token. */
  fetchHeaders(request: SandboxRequest): Record<string, string | readonly string[]> {
    if (String(request.headers['x-csrf-token'] ?? '').toLowerCase() !== 'fetch') return {};
    const session = sessionOf(request);
    const known = session === undefined ? undefined : this.#csrf.get(session);
    if (known !== undefined) return { 'x-csrf-token': known };
    const opened = `${randomBytes(18).toString('base64url')}%3d`;
    const token = randomBytes(16).toString('base64');
    this.#csrf.set(opened, token);
    return {
      'x-csrf-token': token,
      'set-cookie': [
        `${SESSION_COOKIE}=${opened}; path=/; HttpOnly; expires=Tue, 19 Jan 2038 03:14:07 GMT`,
        'sap-usercontext=sap-client=100; path=/',
      ],
    };
  }

  /** The refusal of a modifying request without a token that fits its session; undefined when it may pass. */
  refuseWithoutToken(request: SandboxRequest): SandboxReply | undefined {
    const token = request.headers['x-csrf-token'];
    const session = sessionOf(request);
    if (token !== undefined && session !== undefined && this.#csrf.get(session) === token) return undefined;
    const reply = errorReply(403, 'CSRF token validation failed');
    return { ...reply, headers: { ...reply.headers, 'x-csrf-token': 'Required' } };
  }
}

function sessionOf(request: SandboxRequest): string | undefined {
  return new RegExp(`${SESSION_COOKIE}=([^;,\\s]+)`).exec(String(request.headers.cookie ?? ''))?.[1];
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
