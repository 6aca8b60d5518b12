import { EventEmitter } from 'node:events';
import {
  type CheckResult,
  ConfigError,
  type Connected,
  type ConnectionDefinition,
  type Hint,
  type Http,
  hasCode,
  type Limits,
  type Manifest,
  type NativeType,
  NotSupportedError,
  type Protocol,
  refusesLogin,
  type WebhookRequest,
} from '#sdk';
import { Breaker, type BreakerState } from './breaker.ts';
import { Budget, type BudgetStatus } from './budget.ts';
import { type CallOptions, Client } from './client.ts';
import { PushReceiver } from './push-receiver.ts';
import type { CheckedSettings } from './settings.ts';
import { SharedState } from './shared-state.ts';
import { type ConnectedStream, connectStream } from './stream.ts';
import { Transport } from './transport.ts';

export interface ConnectionStatus {
  /** HTTP requests sent, in all threads. */
  readonly requests: number;
  readonly sessionsOpened: number;
  readonly breaker: BreakerState;
  readonly budget: BudgetStatus;
}

/** One configured instance of a system, ready to be called. */
export interface Connection {
  readonly name: string;
  readonly manifest: Manifest;
  readonly limits: Limits;
  /** Of the config or the defaults: seconds, seconds, share. */
  readonly pollEvery: number;
  readonly sweepEvery: number;
  readonly maxDeleteShare: number;
  /** The streams that the config reads, in the manifest's order. */
  readonly streams: readonly ConnectedStream[];
  /** Throws a `ConfigError` for one that is not read. */
  stream(name: string): ConnectedStream;
  /** Runs one read of abilities with an `http` of these options; tells when the read began on the store's clock. */
  call<T>(
    options: CallOptions,
    work: (http: Http) => Promise<T>,
  ): Promise<{ readonly value: T; readonly startedAt: number }>;
  /** Asks the system whether all is well; never throws, and lets a connection that was refused try again. */
  check(): Promise<CheckResult>;
  discover(): Promise<readonly NativeType[]>;
  /**
   * What a push asks to read, of the streams that are read. `CredentialError` for one that is not the system's, is too
   * old or was here before; `NotSupportedError` where the connection takes none.
   */
  receive(request: WebhookRequest): Promise<readonly Hint[]>;
  status(): ConnectionStatus;
  /** Told each change of the circuit breaker that this thread causes; returns how to stop listening. */
  onBreaker(listener: (state: BreakerState) => void): () => void;
  /** The state to hand to another thread's `openConnections`. */
  readonly shared: SharedArrayBuffer;
  close(): Promise<void>;
}

export interface ConnectionParts {
  readonly name: string;
  readonly definition: ConnectionDefinition;
  readonly settings: CheckedSettings;
  readonly clock: () => number;
  readonly shared?: SharedArrayBuffer;
  readonly participant?: number;
}

export function openConnection(parts: ConnectionParts): Connection {
  const { name, definition, settings } = parts;
  const { manifest } = definition;
  const state = new SharedState(parts.shared, parts.participant);
  const events = new EventEmitter<{ breaker: [BreakerState] }>();
  const breaker = new Breaker(name, state, (now) => events.emit('breaker', now));
  const budget = new Budget(name, settings.limits, state);
  const transport = new Transport(settings.limits.concurrency);
  const connector = definition.connector as unknown as {
    protocol: Protocol<unknown>;
    connect(config: unknown): Connected;
  };
  const client = new Client({
    connection: name,
    config: settings.config,
    protocol: connector.protocol,
    secrets: settings.secrets,
    budget,
    breaker,
    transport,
    clock: parts.clock,
  });
  const connected = connector.connect(settings.config);
  const streams = new Map(
    Object.keys(manifest.streams)
      .filter((stream) => settings.streams.includes(stream))
      .map((stream) => {
        const abilities = connected.streams[stream]!;
        const extension = settings.common.extend?.[stream];
        return [
          stream,
          connectStream({
            connection: name,
            name: stream,
            connector: manifest,
            abilities,
            extension,
            settings: definition.settings,
            client,
          }),
        ];
      }),
  );
  const { pollEvery, sweepEvery, maxDeleteShare } = settings.common;
  const pushes = new PushReceiver(name, connected, new Set(streams.keys()));
  return {
    name,
    manifest,
    limits: settings.limits,
    pollEvery,
    sweepEvery,
    maxDeleteShare,
    streams: [...streams.values()],
    shared: state.buffer,
    stream(stream) {
      const found = streams.get(stream);
      if (found) return found;
      throw new ConfigError(
        `connection "${name}": the stream "${stream}" is not read. Add it to streams in the connection's settings.`,
        {
          details: { connection: name, stream },
        },
      );
    },
    call: (options, work) => client.run(options, work),
    check: () => check(name, client, connected),
    async discover() {
      if (!connected.discover)
        throw new NotSupportedError(
          `${name}: the connector of ${manifest.title} cannot list its types: its manifest does not declare discover.`,
          { details: { connection: name } },
        );
      const { value } = await client.run({ priority: 'interactive', within: 60_000 }, (http) =>
        connected.discover!(http),
      );
      return value;
    },
    receive: (request) => pushes.receive(request),
    status: () => ({
      requests: budget.requests,
      sessionsOpened: client.sessions.opened,
      breaker: breaker.state,
      budget: budget.status(),
    }),
    onBreaker(listener) {
      events.on('breaker', listener);
      return () => events.off('breaker', listener);
    },
    async close() {
      await connected.close?.();
      await transport.close();
    },
  };
}

async function check(name: string, client: Client, connected: Connected): Promise<CheckResult> {
  client.sessions.forgive();
  try {
    return (await client.run({ priority: 'interactive' }, (http) => connected.check(http))).value;
  } catch (error) {
    return checkFailure(name, error);
  }
}

function checkFailure(name: string, error: unknown): CheckResult {
  const message = error instanceof Error ? error.message : `${name}: the check failed.`;
  if (hasCode(error, 'CREDENTIAL')) {
    return refusesLogin(error)
      ? { status: 'auth', message, fix: "Correct the connection's credentials." }
      : { status: 'permission', message, fix: 'Grant the login the right that the message names.' };
  }
  if (hasCode(error, 'RATE_LIMITED'))
    return { status: 'quota', message, fix: 'Wait, or raise the quota at the vendor.' };
  if (hasCode(error, 'TRANSIENT')) {
    return { status: 'network', message, fix: 'Check that the system is running and reachable from here.' };
  }
  if (hasCode(error, 'CONFIG', 'CONTRACT', 'NOT_FOUND', 'NOT_SUPPORTED')) {
    return { status: 'config', message, fix: 'Correct the base URL and the other settings of the connection.' };
  }
  throw error;
}
