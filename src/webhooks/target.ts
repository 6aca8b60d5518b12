/** What an endpoint's URL may be, and where it may lead: asked when it is created, and again at every connect. */
import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ConfigError } from '#sdk';
import { refusedAddress } from './address.ts';
import type { WebhookSettings } from './settings.ts';

/** All addresses of a name. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

export const resolveByDns: ResolveName = async (hostname) =>
  (await dnsLookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);

export type TargetSettings = Pick<WebhookSettings, 'allowPrivate' | 'allowHttp'>;

const MAX_URL = 2000;

/** The URL as it will be called. Throws a `ConfigError` that names the fix; whether it resolves is not asked. */
export function readTarget(text: string, { allowHttp }: TargetSettings): URL {
  if (!URL.canParse(text) || text.length > MAX_URL)
    throw refused('is not a URL; give one such as "https://example.com/hooks/isthmus".');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('must begin with https://.');
  if (url.protocol === 'http:' && !allowHttp)
    throw refused('must begin with https://; webhooks.allowHttp in the config allows http.');
  if (url.username !== '' || url.password !== '')
    throw refused('holds credentials; leave them out, the signature shows that it is the hub who calls.');
  if (url.hash !== '') throw refused('has a fragment (#…), which is never sent; leave it out.');
  return url;
}

/** The host as it is resolved: without brackets and without the dot of a full name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/**
 * The addresses of a host, every one of them allowed; an address gives itself. Throws a `ConfigError` when one of them
 * is not, since whoever connects may come upon any of them.
 */
export async function allowedAddresses(
  host: string,
  { allowPrivate }: TargetSettings,
  resolve: ResolveName,
): Promise<readonly string[]> {
  const addresses = isIP(host) ? [host] : await resolve(host);
  if (addresses.length === 0) throw refused(`names the host ${host}, which has no address.`);
  for (const address of addresses) {
    const kind = refusedAddress(address, allowPrivate);
    if (kind)
      throw refused(
        `leads to ${address}, ${kind}; webhooks go to public addresses only, unless webhooks.allowPrivate in the config allows this one.`,
      );
  }
  return addresses;
}

/** All of it: for an endpoint that is to be created. */
export async function checkTarget(text: string, settings: TargetSettings, resolve: ResolveName): Promise<URL> {
  const url = readTarget(text, settings);
  const host = hostOf(url);
  await allowedAddresses(host, settings, async (name) => {
    try {
      return await resolve(name);
    } catch (error) {
      throw new ConfigError(`The url names the host ${name}, which cannot be resolved.`, {
        cause: error,
        details: { field: 'url' },
      });
    }
  });
  return url;
}

function refused(what: string): ConfigError {
  return new ConfigError(`The url ${what}`, { details: { field: 'url' } });
}
