import { type SandboxServer, startSandboxServer } from 'isthmus/sdk/testing';
import type { RegisteredShip } from './shipyard.ts';

const PAGE = 2;

/** The register of ships: two on a page, by number; only who has the key may read. */
export function startRegister(ships: readonly RegisteredShip[], key: string): Promise<SandboxServer> {
  return startSandboxServer({
    name: 'register',
    handler: (request) => {
      if (request.headers['x-key'] !== key) return { status: 401, body: { error: 'no key' } };
      const asked = request.query.get('imo')?.split(',');
      if (asked) return { body: { ships: ships.filter(({ imo }) => asked.includes(imo)) } };
      const after = request.query.get('after') ?? '';
      const rest = ships.filter(({ imo }) => imo > after);
      const page = rest.slice(0, PAGE);
      return { body: { ships: page, ...(rest.length > PAGE && { next: page.at(-1)!.imo }) } };
    },
  });
}
