/** A PostgreSQL of one BottleCRM's own, on a socket in its own folder: it needs no port, and is a copy of a prepared one. */
import { execFile, spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startKept } from '../kept-process.ts';
import { binaryFolder } from '../postgres/binaries.ts';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; 65534 is nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
const SETTINGS = [
  'listen_addresses=',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=100',
  'shared_buffers=32MB',
];

export interface Database {
  /** Where its socket lies, and its files. */
  readonly folder: string;
  /** Ends it without losing anything; its files stay for `saveTo`. */
  shutDown(): Promise<void>;
  saveTo(folder: string): Promise<void>;
  /** Ends it, and its files with it. */
  discard(): Promise<void>;
}

/** From the files in `template`, which stay as they are; an empty one with the owner `hub` where there is none. */
export async function startDatabase(template?: string): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), 'bottlecrm-db-'));
  const data = join(folder, 'data');
  if (USER) chownSync(folder, USER.uid, USER.gid);
  if (template === undefined) initialise(folder, data);
  else await run('cp', ['-a', template, data]);
  const command = [
    join(binaryFolder(), 'postgres'),
    '-D',
    data,
    '-k',
    folder,
    ...SETTINGS.flatMap((each) => ['-c', each]),
  ];
  const ready = (log: string) => log.includes('ready to accept connections') || undefined;
  const kept = await startKept({ title: 'PostgreSQL', command, folder, ready, ...(USER && { user: USER }) });
  const shutDown = async () => {
    spawnSync(join(binaryFolder(), 'pg_ctl'), ['stop', '-D', data, '-m', 'fast', '-w'], { ...USER, cwd: folder });
    await kept.gone;
  };
  return {
    folder,
    shutDown,
    saveTo: async (target) => void (await run('cp', ['-a', data, target])),
    discard: async () => {
      await shutDown();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function initialise(folder: string, data: string): void {
  const made = spawnSync(
    join(binaryFolder(), 'initdb'),
    ['-D', data, '-U', 'hub', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...USER, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`);
}
