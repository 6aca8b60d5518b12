import { CredentialError, type IsthmusError, type Protocol, type UpstreamResponse } from 'isthmus/sdk';
import type { Config } from './config.ts';

/** A record as the API gives it. */
export type Row = Readonly<Record<string, unknown>>;

export const protocol: Protocol<Config> = {
  baseUrl: (config) => config.url,
  open: async ({ token }) => ({ headers: { authorization: `Bearer ${token}` } }),
  readFailure,
};

/** A token that is unknown, revoked or absent is a 403 like a missing right; only the words differ. */
function readFailure({ status, json }: UpstreamResponse): IsthmusError | undefined {
  const { detail } = (json ?? {}) as { detail?: unknown };
  if (status !== 403 || typeof detail !== 'string' || !detail.startsWith('Organization context is required')) {
    return undefined;
  }
  const fix = 'Make a new personal access token in BottleCRM and set token to it.';
  return new CredentialError(`BottleCRM does not know the token, or it was revoked. ${fix}`, { refused: 'login' });
}
