/**
 * Closed by default. A hub without authentication listens on loopback only and answers only those who asked for
 * loopback by name, so that no web page can reach it by rebinding a host name of its own (DNS rebinding).
 */
import { ConfigError } from '#sdk';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.has(host.toLowerCase()) || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Throws `ConfigError` for an address that others could reach. */
export function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new ConfigError(
    `server.host is "${host}", but no authentication is configured: a hub without it listens on loopback only. ` +
      'Remove server.host, or set it to "127.0.0.1", and put an authenticating proxy in front.',
    { details: { field: 'server.host' } },
  );
}

/** What is wrong with a request's Host or Origin, or undefined when both are loopback or allowed. */
export function refusedOrigin(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  allowed: readonly string[],
): string | undefined {
  if (!isAllowed(hostOf(`http://${headers.host ?? ''}`), allowed)) {
    return 'The Host header names neither loopback nor an allowed host (server.allowedHosts).';
  }
  if (headers.origin !== undefined && !isAllowed(hostOf(headers.origin), allowed)) {
    return 'The Origin header names neither loopback nor an allowed host (server.allowedHosts).';
  }
  return undefined;
}

function isAllowed(host: string | undefined, allowed: readonly string[]): boolean {
  return host !== undefined && (isLoopback(host) || allowed.includes(host));
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
