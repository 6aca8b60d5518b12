import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { preparedOnce } from '../downloads.ts';
import { missingPart } from '../postgres/binaries.ts';
import { missingPython, type PythonEnvironment, preparePython } from '../python.ts';
import { type Database, startDatabase } from './database.ts';

const OLDEST_PYTHON = '3.12';
const VERSION = '1.35.0';
/** Raised when what is prepared changes. */
const LAYOUT = 1;
const SECRET_KEY = 'isthmus-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz';
/** A hundred migrations: minutes where others use the machine too. */
const PREPARED_WITHIN_MS = 900_000;
const OWN_CODE = fileURLToPath(new URL('./django', import.meta.url));

/** The two ways into the one organisation that every server has. */
export interface Access {
  /** Of an administrator, without end; it may not manage webhooks, as no such token may. */
  readonly token: string;
  /** A login (JWT) of the same, for what tokens are refused. */
  readonly adminLogin: string;
  readonly org: string;
  readonly profile: string;
}

/** Read only: any number of servers run from one. */
export interface BottleCrmDistribution {
  readonly python: PythonEnvironment;
  /** The files of a database with one empty organisation. */
  readonly template: string;
  readonly access: Access;
}

/** What this machine lacks to run BottleCRM, as words for a person; undefined when it can. */
export function missingForBottleCrm(): string | undefined {
  return missingPython(OLDEST_PYTHON) ?? missingPart();
}

/** Installs it and prepares its database, once per machine and version; safe when several ask at once. */
export async function prepareBottleCrm(): Promise<BottleCrmDistribution> {
  const requirements = new URL('./requirements.txt', import.meta.url);
  const python = await preparePython({ name: `bottlecrm-${VERSION}`, requirements, atLeast: OLDEST_PYTHON });
  const script = readFileSync(join(OWN_CODE, 'prepare_org.py'));
  const fingerprint = createHash('sha256').update(python.fingerprint).update(script).digest('hex').slice(0, 12);
  const home = await preparedOnce(`bottlecrm-${VERSION}-data-${fingerprint}-${LAYOUT}`, async (building) => {
    const database = await startDatabase();
    try {
      await createOwner(database);
      await django(python, database, ['-m', 'django', 'migrate', '--verbosity', '0']);
      const printed = await django(python, database, [join(OWN_CODE, 'prepare_org.py')]);
      await writeFile(join(building, 'access.json'), printed.trim().split('\n').at(-1)!);
      await database.shutDown();
      await database.saveTo(join(building, 'data'));
      // Made private by whoever makes temporary folders; the database runs as somebody else.
      await chmod(building, 0o755);
    } finally {
      await database.discard();
    }
  });
  const access = JSON.parse(await readFile(join(home, 'access.json'), 'utf8')) as Access;
  return { python, template: join(home, 'data'), access };
}

/** What the product takes from its environment. */
export function environment(database: Database): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PYTHONPATH: OWN_CODE,
    PYTHONDONTWRITEBYTECODE: '1',
    DJANGO_SETTINGS_MODULE: 'isthmus_settings',
    SECRET_KEY,
    ENV_TYPE: 'dev',
    DEBUG: 'True',
    ALLOWED_HOSTS: '127.0.0.1',
    DBNAME: 'crm',
    DBUSER: 'crm',
    DBPASSWORD: 'crm',
    DBHOST: database.folder,
    DBPORT: '5432',
    CELERY_BROKER_URL: 'memory://',
    CELERY_RESULT_BACKEND: 'cache+memory://',
  };
}

/** Row-level security holds for all but superusers, so the product must not be one. */
async function createOwner(database: Database): Promise<void> {
  const client = new pg.Client({ host: database.folder, user: 'hub', database: 'postgres' });
  await client.connect();
  try {
    await client.query('create role crm login');
    await client.query('create database crm owner crm template template0');
  } finally {
    await client.end();
  }
}

async function django(python: PythonEnvironment, database: Database, args: readonly string[]): Promise<string> {
  const options = { env: environment(database), cwd: database.folder, timeout: PREPARED_WITHIN_MS };
  try {
    return (await promisify(execFile)(python.python, args, options)).stdout;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`BottleCRM could not be prepared: ${stderr.slice(-3000)}`, { cause: error });
  }
}
