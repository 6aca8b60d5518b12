import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startDatabase } from './database.ts';
import { type Access, environment, prepareBottleCrm } from './distribution.ts';

/** A running BottleCRM with one empty organisation, gone with all it holds when stopped. */
export interface BottleCrmServer extends Access {
  readonly url: string;
  /** Ends the product as a crash would; the database stays, and `restart` brings the product back at its address. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 120_000;
const KEEPER = fileURLToPath(new URL('../keeper.ts', import.meta.url));

/** Installs it where needed, and starts it on a free port of 127.0.0.1. */
export async function startBottleCrm(): Promise<BottleCrmServer> {
  const { python, template, access } = await prepareBottleCrm();
  const database = await startDatabase(template);
  let process: Product | undefined;
  const start = async (port: number) => {
    const command = [python.python, '-m', 'uvicorn', '--interface', 'wsgi', '--host', '127.0.0.1'];
    process = await startProduct([...command, '--port', String(port), 'crm.wsgi:application'], environment(database));
    return process.port;
  };
  const kill = async () => {
    await process?.end();
    process = undefined;
  };
  try {
    const port = await start(0);
    return {
      ...access,
      url: `http://127.0.0.1:${port}`,
      kill,
      restart: async () => {
        await kill();
        await start(port);
      },
      stop: async () => {
        await kill();
        await database.discard();
      },
    };
  } catch (error) {
    await kill();
    await database.discard();
    throw error;
  }
}

interface Product {
  readonly port: number;
  end(): Promise<void>;
}

async function startProduct(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Product> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', KEEPER, ...command], { env });
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    return { port: await readPort(child, ended), end };
  } catch (error) {
    await end();
    throw error;
  }
}

function readPort(child: ChildProcess & ChildProcessWithoutNullStreams, ended: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (reason: string) => reject(new Error(`BottleCRM did not start: ${reason}\n${log.slice(-4000)}`));
    const timer = setTimeout(() => fail(`not ready within ${READY_WITHIN_MS} ms`), READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      if (log.length < 50_000) log += chunk.toString('utf8');
      const port = /Uvicorn running on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then(() => {
      clearTimeout(timer);
      fail('it ended');
    });
  });
}
