/**
 * Signed, short-lived links to the bytes of a document. A link names one source record and its end; whoever holds
 * it may read those bytes until then, nothing else. The key lives as long as the process.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface ContentTarget {
  readonly connection: string;
  readonly stream: string;
  readonly key: string;
}

export interface ContentLinks {
  /** A path such as `/content/…`, valid for the links' lifetime. */
  sign(target: ContentTarget): string;
  /** The target; or why the link is refused. */
  verify(token: string): { readonly target: ContentTarget } | { readonly refused: 'malformed' | 'expired' };
}

export const CONTENT_PATH = '/content/';

export function createContentLinks(
  options: { readonly lifetimeSeconds?: number; readonly now?: () => number; readonly secret?: Uint8Array } = {},
): ContentLinks {
  const lifetime = (options.lifetimeSeconds ?? 300) * 1000;
  const now = options.now ?? Date.now;
  const secret = options.secret ?? randomBytes(32);
  const seal = (payload: string) => createHmac('sha256', secret).update(payload).digest().subarray(0, 16);
  return {
    sign({ connection, stream, key }) {
      const payload = Buffer.from(JSON.stringify([connection, stream, key, now() + lifetime])).toString('base64url');
      return `${CONTENT_PATH}${payload}.${seal(payload).toString('base64url')}`;
    },
    verify(token) {
      const [payload = '', seen = '', ...rest] = token.split('.');
      const given = Buffer.from(seen, 'base64url');
      const right = seal(payload);
      if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right))
        return { refused: 'malformed' };
      const [connection, stream, key, until] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
        string,
        string,
        string,
        number,
      ];
      return until < now() ? { refused: 'expired' } : { target: { connection, stream, key } };
    },
  };
}
