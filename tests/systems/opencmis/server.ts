import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOpenCmis } from './distribution.ts';

/** A running OpenCMIS in-memory server: empty, and gone with all it holds when stopped. */
export interface OpenCmisServer {
  /** The browser binding's service document. */
  readonly url: string;
  readonly repositoryId: string;
  /** It has no user store: any name and password is let in, and the name becomes the principal. */
  readonly user: string;
  readonly password: string;
  /** Of the process that keeps it. */
  readonly pid: number;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 120_000;

/** Downloads it where needed, and starts it on a free port of 127.0.0.1. */
export async function startOpenCmis(): Promise<OpenCmisServer> {
  const { jettyJar, warFolder } = await prepareOpenCmis();
  const temporary = await mkdtemp(join(tmpdir(), 'opencmis-'));
  const log = '-Dorg.eclipse.jetty.util.log.class=org.eclipse.jetty.util.log.StdErrLog';
  const java = ['java', '-Xmx256m', log, `-Djava.io.tmpdir=${temporary}`, '-jar', jettyJar];
  const address = ['--host', '127.0.0.1', '--port', '0', '--path', '/cmis', warFolder];
  const keeper = fileURLToPath(new URL('../keeper.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', keeper, ...java, ...address], {
    detached: true,
  });
  child.stdin.on('error', () => {});
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await gone;
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    const port = await readPort(child, gone);
    const url = `http://127.0.0.1:${port}/cmis/browser`;
    const login = { user: 'isthmus', password: 'isthmus' };
    await expectAnswer(url, login);
    return { url, repositoryId: 'A1', ...login, pid: child.pid!, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Jetty writes the port it was given once the application is up. */
function readPort(child: ChildProcessWithoutNullStreams, gone: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (reason: string) => reject(new Error(`OpenCMIS did not start: ${reason}\n${log.slice(-4000)}`));
    const timer = setTimeout(() => fail(`not ready within ${READY_WITHIN_MS} ms`), READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      const started = /Started ServerConnector@\w+\{[^}]*\}\{127\.0\.0\.1:(\d+)\}/;
      if (started.test(log)) return;
      log += chunk.toString('utf8');
      const port = started.exec(log)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void gone.then(() => {
      clearTimeout(timer);
      fail('it ended');
    });
  });
}

async function expectAnswer(url: string, login: { readonly user: string; readonly password: string }): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const answer = await fetch(url, { headers: { authorization } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`OpenCMIS answers ${answer.status}: ${text.slice(0, 500)}`);
}
