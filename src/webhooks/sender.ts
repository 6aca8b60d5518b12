/** One attempt to hand one message to one endpoint: signed, bounded in time and bytes, only to a checked address. */
import { isIP, type LookupFunction } from 'node:net';
import request from 'undici/lib/api/api-request.js';
import buildConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { hasCode } from '#sdk';
import type { WebhookSettings } from './settings.ts';
import { sign } from './signature.ts';
import { allowedAddresses, hostOf, type ResolveName, readTarget, resolveByDns } from './target.ts';

export interface WebhookMessage {
  /** The same at every attempt. */
  readonly id: string;
  readonly body: string;
  readonly traceparent?: string | undefined;
}

export interface WebhookTarget {
  readonly url: string;
  /** The present one first; an older one while it is still valid. */
  readonly secrets: readonly string[];
}

/** How an attempt ended; `error` holds words of ours, never what the endpoint answered. */
export interface Attempt {
  readonly taken: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly latencyMs: number;
  /** Milliseconds that the endpoint asked to be left alone. */
  readonly retryAfterMs?: number;
}

/** What of an answer's body is read before its connection is used again, or closed. */
const ANSWER_BYTES = 64 * 1024;
const LONGEST_RETRY_AFTER_MS = 24 * 3600_000;

export class Sender {
  readonly #settings: WebhookSettings;
  readonly #agent: Agent;

  constructor(settings: WebhookSettings, resolve: ResolveName = resolveByDns) {
    this.#settings = settings;
    const timeout = settings.timeoutSeconds * 1000;
    this.#agent = new Agent({
      connect: checkedConnect(settings, resolve),
      keepAliveTimeout: 10_000,
      headersTimeout: timeout,
      bodyTimeout: timeout,
    });
  }

  /** Never rejects. */
  async send(target: WebhookTarget, message: WebhookMessage, now: number, abort?: AbortSignal): Promise<Attempt> {
    const started = performance.now();
    const latencyMs = () => Math.round(performance.now() - started);
    const clock = AbortSignal.timeout(this.#settings.timeoutSeconds * 1000);
    try {
      const url = readTarget(target.url, this.#settings);
      const { statusCode, headers, body } = await request.call(this.#agent, {
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'POST',
        signal: abort ? AbortSignal.any([clock, abort]) : clock,
        headers: {
          ...sign(target.secrets, message.id, message.body, now),
          'content-type': 'application/json',
          'user-agent': 'Isthmus',
          ...(message.traceparent && { traceparent: message.traceparent }),
        },
        body: message.body,
      });
      await body.dump({ limit: ANSWER_BYTES }).catch(() => {});
      return { ...judged(statusCode, headers['retry-after'], now), latencyMs: latencyMs() };
    } catch (error) {
      const words = clock.aborted ? `did not answer within ${this.#settings.timeoutSeconds} s` : failureWords(error);
      return { taken: false, status: null, error: words, latencyMs: latencyMs() };
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/**
 * A name is resolved once for a connect, and the connect goes to the addresses that were checked: a name that answers
 * differently the next moment gains nothing. TLS still asks for the name.
 */
function checkedConnect(settings: WebhookSettings, resolve: ResolveName): ReturnType<typeof buildConnector> {
  const lookup: LookupFunction = (hostname, options, callback) => {
    allowedAddresses(hostname.replace(/\.$/, ''), settings, resolve).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        if (options.all) callback(null, found);
        else callback(null, found[0]!.address, found[0]!.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };
  const connect = buildConnector({ timeout: settings.timeoutSeconds * 1000, lookup });
  return (options, callback) => {
    const host = hostOf(new URL(`${options.protocol}//${options.host ?? options.hostname}`));
    if (isIP(host) === 0) return connect(options, callback);
    // Addresses are not looked up, so they are checked here.
    allowedAddresses(host, settings, resolve).then(
      () => connect(options, callback),
      (error: Error) => callback(error, null),
    );
  };
}

function judged(
  status: number,
  retryAfter: string | readonly string[] | undefined,
  now: number,
): Omit<Attempt, 'latencyMs'> {
  if (status >= 200 && status < 300) return { taken: true, status, error: null };
  const wait = typeof retryAfter === 'string' ? retryAfterMs(retryAfter, now) : undefined;
  return {
    taken: false,
    status,
    error: status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`,
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
}

/** Seconds, or a date. */
export function retryAfterMs(text: string, now: number): number | undefined {
  const wait = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) && wait > 0 ? Math.min(wait, LONGEST_RETRY_AFTER_MS) : undefined;
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'cut the connection',
  UND_ERR_SOCKET: 'cut the connection',
  EPIPE: 'cut the connection',
  ENOTFOUND: 'has a host that cannot be resolved',
  EAI_AGAIN: 'has a host that cannot be resolved at present',
  ETIMEDOUT: 'could not be reached in time',
  UND_ERR_CONNECT_TIMEOUT: 'could not be reached in time',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
};

function failureWords(error: unknown): string {
  if (hasCode(error, 'CONFIG')) return error.message;
  const code = (error as { readonly code?: unknown }).code;
  if (typeof code !== 'string') return 'could not be called';
  if (/CERT|SIGNATURE|ISSUER/.test(code)) return `shows a certificate that is not trusted (${code})`;
  return NETWORK_WORDS[code] ?? `could not be called (${code})`;
}
