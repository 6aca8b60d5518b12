import { join } from 'node:path';
import { createRateLimit, createSandboxClock, demoEnterprise, startSandboxServer } from 'isthmus/sdk/testing';
import { exceptionOf, refusalReply } from './refusal.ts';
import { openRepository } from './repository.ts';
import { REPOSITORY_ID } from './repository-info.ts';
import { seedRepository } from './seed.ts';
import { CmisService, SERVICE } from './service.ts';

export interface CmisSandboxOptions {
  readonly port?: number;
  readonly seed?: number;
  readonly scale?: number;
  /** Keeps the state there between starts. */
  readonly folder?: string;
  readonly user?: string;
  readonly password?: string;
  /** The origin that repositoryInfo shows, as behind a proxy. */
  readonly publicOrigin?: string;
  /** Calls per second before 429. */
  readonly requestsPerSecond?: number;
}

/** Raised when the same demo enterprise is stored differently. */
const LAYOUT = 1;

export type CmisSandbox = Awaited<ReturnType<typeof startCmis>>;

/** A CMIS 1.1 repository with the demo enterprise's records; its service document is at `service`. */
export async function startCmis(options: CmisSandboxOptions = {}) {
  const { user = 'isthmus', password = 'isthmus', folder, publicOrigin } = options;
  const clock = createSandboxClock({ precisionMs: 1 });
  const repository = openRepository({ file: folder && join(folder, 'cmis.sqlite'), clock });
  const { store } = repository;
  const demo = demoEnterprise({ seed: options.seed, scale: options.scale });
  await store.seedOnce(`cmis-${LAYOUT}/${demo.seed}/${demo.scale}`, () => seedRepository(repository, demo));
  const rateLimit = createRateLimit({ perSecond: options.requestsPerSecond }, clock);
  const service = new CmisService({ repository, demo, user, password, rateLimit, publicOrigin });
  const server = await startSandboxServer({
    name: 'cmis',
    port: options.port,
    handler: (request) => service.handle(request),
    clock,
    store,
    // A container refuses longer request lines; that is why queries go by POST.
    maxHeaderBytes: 8192,
    errorReply: (status) => ({ ...refusalReply(exceptionOf(status), `status ${status}`), status }),
  });
  const login = { service: server.url + SERVICE, repositoryId: REPOSITORY_ID, user, password };
  return Object.assign(server, login, { store, repository, demo, rateLimit, ready: login });
}
