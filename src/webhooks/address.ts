/** Which addresses a webhook may go to: those of the public internet, and what the config allows beside them. */
import ipaddr from 'ipaddr.js';

/** `true`: loopback and private networks. Ranges allow exactly what is in them. */
export type AllowedAddresses = boolean | readonly string[];

const WORDS: Readonly<Record<string, string>> = {
  unspecified: 'an unspecified address',
  broadcast: 'a broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address',
  loopback: 'a loopback address',
  carrierGradeNat: 'an address behind a carrier-grade NAT',
  private: 'a private address',
  uniqueLocal: 'a private address',
};
/** What `allowPrivate: true` stands for. Link-local addresses are not in it: clouds keep their credentials there. */
const PRIVATE: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);
/** Public by its number, but answered by the cloud's own host to the machines in it. */
const CLOUD_HOSTS: ReadonlySet<string> = new Set(['168.63.129.16']);

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Undefined when a webhook may go there; else what kind of address it is, in words. */
export function refusedAddress(text: string, allowed: AllowedAddresses): string | undefined {
  if (!ipaddr.isValid(text)) return 'no address';
  const address = ipaddr.process(text);
  const kind = kindOf(address);
  if (kind === undefined) return undefined;
  if (allowed === true && PRIVATE.has(kind)) return undefined;
  if (Array.isArray(allowed) && allowed.some((range: string) => isWithin(address, range))) return undefined;
  return WORDS[kind] ?? 'a reserved address';
}

/** Undefined: an address of the public internet. */
function kindOf(address: Address): string | undefined {
  if (CLOUD_HOSTS.has(address.toString())) return 'linkLocal';
  const range = address.range();
  if (range !== 'unicast') return range;
  // Of IPv6 only 2000::/3 is given out; what lies outside may be an IPv4 address in disguise (::7f00:1).
  return address.kind() === 'ipv6' && ((address as ipaddr.IPv6).parts[0] ?? 0) >> 13 !== 1 ? 'reserved' : undefined;
}

function isWithin(address: Address, range: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(range);
  return network.kind() === address.kind() && address.match(network, bits);
}

/** Whether a text is a range such as `10.0.0.0/8`. */
export function isRange(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}
