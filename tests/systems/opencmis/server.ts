import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKept } from '../kept-process.ts';
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

/** Downloads it where needed, and starts it on a free port of 127.0.0.1. */
export async function startOpenCmis(): Promise<OpenCmisServer> {
  const { jettyJar, warFolder } = await prepareOpenCmis();
  const temporary = await mkdtemp(join(tmpdir(), 'opencmis-'));
  const log = '-Dorg.eclipse.jetty.util.log.class=org.eclipse.jetty.util.log.StdErrLog';
  const java = ['java', '-Xmx256m', log, `-Djava.io.tmpdir=${temporary}`, '-jar', jettyJar];
  const command = [...java, '--host', '127.0.0.1', '--port', '0', '--path', '/cmis', warFolder];
  const discard = () => rm(temporary, { recursive: true, force: true });
  // Jetty writes the port it was given once the application is up.
  const ready = (log: string) => /Started ServerConnector@\w+\{[^}]*\}\{127\.0\.0\.1:(\d+)\}/.exec(log)?.[1];
  const kept = await startKept({ title: 'OpenCMIS', command, ready }).catch(async (error) => {
    await discard();
    throw error;
  });
  const stop = async () => {
    await kept.kill();
    await discard();
  };
  try {
    const url = `http://127.0.0.1:${kept.sign}/cmis/browser`;
    const login = { user: 'isthmus', password: 'isthmus' };
    await expectAnswer(url, login);
    return { url, repositoryId: 'A1', ...login, pid: kept.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function expectAnswer(url: string, login: { readonly user: string; readonly password: string }): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const answer = await fetch(url, { headers: { authorization } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`OpenCMIS answers ${answer.status}: ${text.slice(0, 500)}`);
}
