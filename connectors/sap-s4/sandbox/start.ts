import { join } from 'node:path';
import {
  createRateLimit,
  createSandboxClock,
  demoEnterprise,
  openSandboxStore,
  type RateLimit,
  type SandboxServer,
  type SandboxStore,
  startSandboxServer,
} from 'isthmus/sdk/testing';
import { createGateway } from './gateway.ts';
import { errorReply } from './refusals.ts';
import { seed } from './seed.ts';
import { SERVICES } from './services.ts';
import { type SandboxCredentials, Sessions } from './sessions.ts';
import { tables } from './tables.ts';

export interface SapS4SandboxOptions {
  readonly port?: number;
  readonly seed?: number;
  readonly scale?: number;
  readonly folder?: string;
  /** Rows of one answer at most, instead of each service's own cap. */
  readonly pageCap?: number;
  readonly requestsPerSecond?: number;
  /** Characters of path and query; 8,192 when absent. */
  readonly urlLimit?: number;
  readonly tokenLifetimeSeconds?: number;
  /** Services that answer 403. */
  readonly forbidden?: readonly string[];
}

export interface SapS4Sandbox extends SandboxServer {
  readonly store: SandboxStore;
  readonly credentials: SandboxCredentials;
  readonly rateLimit: RateLimit;
  /** All logins, OAuth tokens and CSRF tokens end. */
  forgetSessions(): void;
  readonly ready: Readonly<Record<string, unknown>>;
}

const CREDENTIALS: SandboxCredentials = {
  username: 'ISTHMUS',
  password: 'welcome',
  clientId: 'sb-isthmus',
  clientSecret: 'sandbox-client-secret',
};

/** An S/4HANA system that serves the demo enterprise over OData V2. */
export async function startSapS4(options: SapS4SandboxOptions = {}): Promise<SapS4Sandbox> {
  const clock = createSandboxClock({ precisionMs: 1000 });
  const file = options.folder === undefined ? undefined : join(options.folder, 'sap-s4.sqlite');
  const store = openSandboxStore({ ...(file === undefined ? {} : { file }), clock, tables: tables() });
  const demo = demoEnterprise({
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.scale === undefined ? {} : { scale: options.scale }),
  });
  await store.seedOnce(`sap-s4-1/${demo.seed}/${demo.scale}`, () => seed(store, SERVICES, demo));
  const { pageCap } = options;
  const services = pageCap === undefined ? SERVICES : SERVICES.map((service) => ({ ...service, pageCap }));
  const sessions = new Sessions(CREDENTIALS, options.tokenLifetimeSeconds ?? 3600);
  const rateLimit = createRateLimit(
    options.requestsPerSecond === undefined ? {} : { perSecond: options.requestsPerSecond },
  );
  let origin = '';
  const server = await startSandboxServer({
    name: 'sap-s4',
    ...(options.port === undefined ? {} : { port: options.port }),
    clock,
    store,
    handler: createGateway({
      services,
      store,
      sessions,
      rateLimit,
      urlLimit: options.urlLimit ?? 8192,
      forbidden: new Set(options.forbidden ?? []),
      origin: () => origin,
    }),
    errorReply: (status) => errorReply(status, `Scripted failure ${status}`),
    control: {
      'forget-sessions': () => {
        sessions.forget();
        return { status: 204 };
      },
      'rate-limit': (request) => {
        rateLimit.set(request.json());
        return { status: 204 };
      },
    },
  });
  origin = server.url;
  return Object.assign(server, {
    store,
    credentials: CREDENTIALS,
    rateLimit,
    forgetSessions: () => sessions.forget(),
    ready: { ...CREDENTIALS },
  });
}
