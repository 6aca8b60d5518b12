import { ContractError, type Http } from 'isthmus/sdk';

/** A CSRF token with the cookies of the HTTP session that it is valid in. */
export interface GatewaySession {
  readonly token: string;
  readonly cookie: string;
}

/**
 * Sessions for requests that need a CSRF token: writes, and `$batch`. The system serialises the requests of one
 * session, so each request under way has its own; idle ones are kept for the next.
 */
export class SessionPool {
  readonly #idle: GatewaySession[] = [];

  /** Uses an idle session, or opens one. When `work` finds its token expired it says so, and gets one new session. */
  async use<T>(rootPath: string, http: Http, work: (session: GatewaySession) => Promise<T | 'expired'>): Promise<T> {
    const held = this.#idle.pop();
    if (held !== undefined) {
      const result = await work(held);
      if (result !== 'expired') return this.#keep(held, result);
      // The others of its age are no better.
      this.#idle.length = 0;
    }
    const opened = await openSession(rootPath, http);
    const result = await work(opened);
    if (result !== 'expired') return this.#keep(opened, result);
    throw new ContractError(
      'SAP refuses a CSRF token that it has just given out. Check that cookies pass the proxies on the way.',
    );
  }

  #keep<T>(session: GatewaySession, result: T): T {
    this.#idle.push(session);
    return result;
  }
}

async function openSession(rootPath: string, http: Http): Promise<GatewaySession> {
  const { headers } = await http.text({
    path: rootPath,
    headers: { 'x-csrf-token': 'Fetch', accept: 'application/json' },
  });
  const token = headers['x-csrf-token'];
  if (token === undefined || token.toLowerCase() === 'required') {
    throw new ContractError(
      'SAP gives no CSRF token. Check that the base URL leads to the system itself, and that the service is active.',
    );
  }
  return { token, cookie: cookiesOf(headers['set-cookie'] ?? '') };
}

/** Several `Set-Cookie` headers arrive as one text; the comma of a date parts nothing. */
export function cookiesOf(header: string): string {
  return header
    .split(/\n|,(?=\s*[^;,=\s]+=)/)
    .map((cookie) => cookie.split(';')[0]!.trim())
    .filter((pair) => pair !== '')
    .join('; ');
}
