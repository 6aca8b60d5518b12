/** A door between two parts of a test: it counts and keeps what goes through, and can be shut. */
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Passed {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly status: number;
}

export interface Passage {
  readonly url: string;
  /** In the order of their answers. */
  readonly passed: readonly Passed[];
  /** Where to; nobody answers while it is undefined. */
  target: string | undefined;
  close(): Promise<void>;
}

export async function openPassage(target?: string): Promise<Passage> {
  const passed: Passed[] = [];
  const server = createServer((incoming, outgoing) => {
    const at = Date.now();
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      // A request that was read whole is not what holds the line: `incoming.destroy()` would leave it open.
      const cut = () => outgoing.destroy();
      if (passage.target === undefined) return cut();
      const body = Buffer.concat(chunks);
      const { method = 'GET', url = '/', headers } = incoming;
      const onward = request(
        new URL(url, passage.target),
        { method, headers: { ...headers, host: new URL(passage.target).host } },
        (answer) => {
          passed.push({ at, method, path: url, headers, body, status: answer.statusCode ?? 0 });
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.once('error', cut).pipe(outgoing);
        },
      );
      onward.on('error', cut);
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const passage: Passage = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    target,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return passage;
}
