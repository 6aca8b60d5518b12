/**
 * One PostgreSQL for all test processes of this checkout. It runs as a process of its own that lives as long as
 * somebody is connected to its socket, and a moment longer: killed tests leave nothing behind.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { binaryFolder } from './binaries.ts';

const LINGER_MS = 3000;
const IS_ROOT = process.getuid?.() === 0;
/** PostgreSQL refuses to run as root; 65534 is nobody. */
const USER = IS_ROOT ? { uid: 65534, gid: 65534 } : {};
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=200',
  'shared_buffers=64MB',
];

interface Running {
  readonly port: number;
  readonly folder: string;
  readonly process: ChildProcess;
}

async function startPostgres(): Promise<Running> {
  const programs = binaryFolder();
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-pgdata-'));
  if (USER.uid !== undefined) chownSync(folder, USER.uid, USER.gid);
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', folder, '-U', 'hub', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...USER, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`);
  const port = await freePort();
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', folder, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
    { ...USER, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr.on('data', (chunk) => {
      if (log.length < 20_000) log += String(chunk);
      if (log.includes('ready to accept connections')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${log}`)));
  });
  return { port, folder, process: child };
}

/** A server whose own process was killed hard leaves a database server; its successor ends that one first. */
function endPredecessor(note: string): void {
  try {
    const { pid, folder } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number; folder: string };
    const isOurs = readFileSync(join(folder, 'postmaster.pid'), 'utf8').startsWith(`${pid}\n`);
    if (isOurs) process.kill(pid, 'SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // no note, or nothing left of it
  }
}

async function serve(socketPath: string): Promise<void> {
  const clients = new Set<Socket>();
  let running: Promise<Running> | undefined;
  let lingering: NodeJS.Timeout | undefined;
  const note = `${socketPath}.json`;
  const finish = async () => {
    server.close();
    const database = await running?.catch(() => undefined);
    if (database) {
      const ended = new Promise((resolve) => database.process.once('exit', resolve));
      database.process.kill('SIGINT');
      await ended;
      rmSync(database.folder, { recursive: true, force: true });
    }
    rmSync(note, { force: true });
    process.exit(0);
  };
  const linger = () => {
    clearTimeout(lingering);
    if (clients.size === 0) lingering = setTimeout(finish, LINGER_MS);
  };
  const server = createServer((client) => {
    clearTimeout(lingering);
    clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => {
      clients.delete(client);
      linger();
    });
    running?.then(
      ({ port }) => client.write(`${port}\n`),
      (error) => client.end(`${String(error.message)}\n`),
    );
  });
  server.on('error', () => process.exit(0));
  server.listen(socketPath, () => {
    endPredecessor(note);
    running = startPostgres();
    running.then(
      (database) => writeFileSync(note, JSON.stringify({ pid: database.process.pid, folder: database.folder })),
      () => undefined,
    );
    linger();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
}

const [, , socketPath] = process.argv;
if (!socketPath) throw new Error('usage: server.ts <socket>');
await serve(socketPath);
