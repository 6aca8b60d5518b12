import { CredentialError, type Http, hasCode, type IsthmusError, type Session } from '#sdk';

/** A session with the number that tells it from its successors. */
export interface HeldSession {
  readonly session: Session;
  readonly generation: number;
}

/** A refused login is not tried again at once: systems lock accounts for that. */
const REFUSED_FOR = 60_000;
const RENEW_AHEAD = 60_000;
const NO_SESSION: HeldSession = { session: { headers: {} }, generation: 0 };

/** Holds a connection's login: opened once for all who wait, renewed ahead of its end, and again when a 401 tells. */
export class SessionKeeper {
  readonly #open: ((http: Http) => Promise<Session>) | undefined;
  readonly #loginHttp: () => Http;
  #held: HeldSession | undefined;
  #opening: Promise<HeldSession> | undefined;
  #generation = 0;
  #refused: { readonly error: IsthmusError; readonly until: number } | undefined;
  #renewAt = Number.POSITIVE_INFINITY;

  constructor(open: ((http: Http) => Promise<Session>) | undefined, loginHttp: () => Http) {
    this.#open = open;
    this.#loginHttp = loginHttp;
  }

  /** How often a session was opened. */
  get opened(): number {
    return this.#generation;
  }

  get hasLogin(): boolean {
    return this.#open !== undefined;
  }

  /** The session to use for the next attempt; asked for anew by every attempt, so that a wait never outlives it. */
  async current(): Promise<HeldSession> {
    if (this.#refused && this.#refused.until > Date.now()) throw this.#refused.error;
    if (this.#open === undefined) return NO_SESSION;
    if (this.#held !== undefined && Date.now() < this.#renewAt) return this.#held;
    return await this.#openOnce();
  }

  /** A 401 was met with this session: the next attempt gets another one. */
  drop(generation: number): void {
    if (this.#held?.generation === generation) this.#held = undefined;
  }

  /** The system refuses the login for good; everybody is told so for a while. */
  refuse(error: IsthmusError): void {
    this.#refused = { error, until: Date.now() + REFUSED_FOR };
  }

  /** Lets the next call try again, as a person who asks for a check expects. */
  forgive(): void {
    this.#refused = undefined;
  }

  #openOnce(): Promise<HeldSession> {
    this.#opening ??= this.#login().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #login(): Promise<HeldSession> {
    try {
      const session = await this.#open!(this.#loginHttp());
      this.#generation += 1;
      this.#held = { session, generation: this.#generation };
      this.#renewAt = renewalTime(session);
      return this.#held;
    } catch (error) {
      const refusal = loginRefusal(error);
      if (refusal === undefined) throw error;
      this.#held = undefined;
      this.refuse(refusal);
      throw refusal;
    }
  }
}

/** A minute ahead, or at the last tenth of a short life. */
function renewalTime({ expiresAt }: Session): number {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
  const life = expiresAt - Date.now();
  return expiresAt - Math.min(RENEW_AHEAD, life / 10);
}

/** While logging in, a request that is not accepted means a login that is not accepted. */
function loginRefusal(error: unknown): IsthmusError | undefined {
  if (hasCode(error, 'CREDENTIAL')) return error;
  if (!hasCode(error, 'CONTRACT') || error.details.status === undefined) return undefined;
  return new CredentialError(error.message.replace('the request is not understood', 'the login is refused'), {
    cause: error,
    details: error.details,
  });
}
