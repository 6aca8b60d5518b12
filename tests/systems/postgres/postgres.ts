import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export { missingPart } from './binaries.ts';

/** A real PostgreSQL, shared with all test processes of this checkout. */
export interface PostgresServer {
  /** A new, empty database; dropped when the server is left. */
  createDatabase(): Promise<string>;
  leave(): Promise<void>;
}

const SERVER = fileURLToPath(new URL('./server.ts', import.meta.url));
const GIVE_UP_MS = 60_000;

/** Joins the running server, or starts it. Two processes that start at once agree by who gets the socket. */
export async function joinPostgres(): Promise<PostgresServer> {
  const socketPath = socketName();
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const joined = await tryJoin(socketPath);
    if (joined) return databases(joined.socket, joined.port);
    if (Date.now() > deadline) throw new Error('PostgreSQL for tests did not start within a minute.');
    await startServer(socketPath);
  }
}

function socketName(): string {
  const name = `isthmus-pg-${createHash('sha1').update(SERVER).digest('hex').slice(0, 12)}-${process.getuid?.() ?? 0}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

async function startServer(socketPath: string): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVER, socketPath], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, ISTHMUS_PG_BIN: process.env.ISTHMUS_PG_BIN, TMPDIR: process.env.TMPDIR },
  });
  child.unref();
  await wait(100);
}

/** Undefined when nobody listens. The server's first line is its port, or what went wrong. */
function tryJoin(socketPath: string): Promise<{ readonly socket: Socket; readonly port: number } | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let line = '';
    socket.on('data', (chunk) => {
      line += String(chunk);
      if (!line.endsWith('\n')) return;
      const port = Number(line);
      if (Number.isInteger(port)) resolve({ socket, port });
      else reject(new Error(`PostgreSQL for tests did not start: ${line}`));
    });
    socket.on('close', () => resolve(undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') rmSync(socketPath, { force: true });
      resolve(undefined);
    });
  });
}

function databases(socket: Socket, port: number): PostgresServer {
  const at = (database: string) => `postgresql://hub@127.0.0.1:${port}/${database}`;
  const names: string[] = [];
  const administer = async (statement: string) => {
    const client = new pg.Client({ connectionString: at('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  socket.unref();
  return {
    async createDatabase() {
      const name = `t_${randomBytes(8).toString('hex')}`;
      await administer(`create database ${name} template template0`);
      names.push(name);
      return at(name);
    },
    async leave() {
      for (const name of names) await administer(`drop database if exists ${name} with (force)`);
      socket.destroy();
    },
  };
}
