import { randomBytes } from 'node:crypto';
import type { SandboxClock, SandboxReply, SandboxRequest } from 'isthmus/sdk/testing';
import { importSPKI, jwtVerify } from 'jose';
import { errorReply, refuse } from './refusals.ts';

/** A connected app: who may log in how. */
export interface ConnectedApp {
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM of the key that signs its JWTs. */
  readonly publicKey: string;
}

export interface LoginOptions {
  readonly clock: SandboxClock;
  readonly app: ConnectedApp;
  readonly orgId: string;
  /** The user that client credentials run as, and that JWTs may name. */
  readonly user: { readonly id: string; readonly username: string };
  readonly sessionSeconds: number;
  readonly url: () => string;
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const MAX_ASSERTION_LIFE_SECONDS = 300;
const AUDIENCES = ['https://login.salesforce.com', 'https://test.salesforce.com'];

/** The token endpoint and the sessions it gave out. */
export class Login {
  readonly #options: LoginOptions;
  readonly #sessions = new Map<string, number>();
  readonly #refreshTokens = new Set<string>();

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  async token(request: SandboxRequest): Promise<SandboxReply> {
    const form = request.form();
    switch (form.get('grant_type')) {
      case JWT_BEARER:
        return this.#byAssertion(form.get('assertion') ?? '');
      case 'client_credentials':
        return this.#byCredentials(form, request);
      case 'refresh_token':
        return this.#byRefreshToken(form);
      default:
        return oauthError('unsupported_grant_type', 'grant type not supported');
    }
  }

  /** Refuses requests without a living session. */
  authorize(request: SandboxRequest): void {
    const token = /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const expiresAt = token === undefined ? undefined : this.#sessions.get(token);
    if (expiresAt === undefined || expiresAt <= this.#options.clock.nowMs())
      throw refuse(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  }

  identity(): SandboxReply {
    const { orgId, user } = this.#options;
    return { body: { id: this.#identityUrl(), user_id: user.id, organization_id: orgId, username: user.username } };
  }

  /** All tokens are void at once, as after a change of the session policy. */
  expireSessions(): void {
    this.#sessions.clear();
  }

  async #byAssertion(assertion: string): Promise<SandboxReply> {
    const { app, clock, url, user } = this.#options;
    const now = new Date(clock.nowMs());
    try {
      const { payload } = await jwtVerify(assertion, await importSPKI(app.publicKey, 'RS256'), {
        algorithms: ['RS256'],
        issuer: app.clientId,
        audience: [...AUDIENCES, url()],
        currentDate: now,
        requiredClaims: ['exp', 'sub'],
      });
      if (payload.exp! > now.getTime() / 1000 + MAX_ASSERTION_LIFE_SECONDS)
        return oauthError('invalid_grant', 'expiration must not be in the far future');
      if (payload.sub !== user.username) return oauthError('invalid_grant', "user hasn't approved this consumer");
    } catch {
      return oauthError('invalid_grant', 'invalid assertion');
    }
    return this.#open();
  }

  #byCredentials(form: URLSearchParams, request: SandboxRequest): SandboxReply {
    const { app } = this.#options;
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const [basicId, basicSecret] = basic === undefined ? [] : Buffer.from(basic, 'base64').toString().split(':');
    if ((form.get('client_id') ?? basicId) !== app.clientId)
      return oauthError('invalid_client_id', 'client identifier invalid');
    if ((form.get('client_secret') ?? basicSecret) !== app.clientSecret)
      return oauthError('invalid_client', 'invalid client credentials');
    return this.#open();
  }

  #byRefreshToken(form: URLSearchParams): SandboxReply {
    if (!this.#refreshTokens.has(form.get('refresh_token') ?? ''))
      return oauthError('invalid_grant', 'expired access/refresh token');
    return this.#open();
  }

  /** No `expires_in`: that a session is over is only seen as a 401. */
  #open(): SandboxReply {
    const { clock, orgId, sessionSeconds, url } = this.#options;
    const token = `${orgId.slice(0, 15)}!${randomBytes(48).toString('base64url')}`;
    this.#sessions.set(token, clock.nowMs() + sessionSeconds * 1000);
    return {
      body: {
        access_token: token,
        instance_url: url(),
        id: this.#identityUrl(),
        token_type: 'Bearer',
        issued_at: String(clock.nowMs()),
        scope: 'api refresh_token',
        signature: randomBytes(32).toString('base64'),
      },
    };
  }

  /** What a browser login would have left behind. */
  refreshToken(): string {
    const token = `5Aep861${randomBytes(32).toString('base64url')}`;
    this.#refreshTokens.add(token);
    return token;
  }

  #identityUrl(): string {
    const { orgId, url, user } = this.#options;
    return `${url()}/id/${orgId}/${user.id}`;
  }
}

function oauthError(error: string, description: string): SandboxReply {
  return { status: error === 'invalid_client' ? 401 : 400, body: { error, error_description: description } };
}

/** Some refusals carry status 401 and are no expiry: asking for a new token does not help. */
export function policyRefusal(): SandboxReply {
  return errorReply(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API');
}
