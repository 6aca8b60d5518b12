import { type KeptProcess, startKept } from '../kept-process.ts';
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

const PORT = /Uvicorn running on http:\/\/127\.0\.0\.1:(\d+)/;

/** Installs it where needed, and starts it on a free port of 127.0.0.1. */
export async function startBottleCrm(): Promise<BottleCrmServer> {
  const { python, template, access } = await prepareBottleCrm();
  const database = await startDatabase(template);
  let process: KeptProcess<string> | undefined;
  const start = async (port: number) => {
    const command = [python.python, '-m', 'uvicorn', '--interface', 'wsgi', '--host', '127.0.0.1'];
    process = await startKept({
      title: 'BottleCRM',
      command: [...command, '--port', String(port), 'crm.wsgi:application'],
      env: environment(database),
      ready: (log) => PORT.exec(log)?.[1],
    });
    return Number(process.sign);
  };
  const kill = async () => {
    await process?.kill();
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
