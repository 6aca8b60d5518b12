import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from '../../support/hub-process.ts';
import { type StartedProcess, startProcess } from '../../support/started-process.ts';

/** The least server that can answer: the body of a request is read and not looked at. Prints its address. */
export function serveFloor(answer: () => string | Promise<string>): void {
  const server = createServer(async (request, response) => {
    for await (const _chunk of request);
    try {
      const body = await answer();
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(body);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(`The floor answers at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}

export interface Floor extends StartedProcess {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startFloor(
  name: 'list' | 'live' | 'subscriptions',
  options: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<Floor> {
  const main = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const flags = ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning'];
  const child = startProcess(process.execPath, [...flags, main, JSON.stringify(options)], {
    env: plainEnvironment({ NODE_ENV: 'production', ...env }),
  });
  const [, url = ''] = await child.printed(/The floor answers at (\S+)/);
  return {
    ...child,
    url,
    stop: async () => {
      child.signal('SIGTERM');
      await child.ended;
    },
  };
}
