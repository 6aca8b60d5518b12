import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preparedOnce, runTool } from '../downloads.ts';
import { missingPython, type PythonEnvironment, preparePython } from '../python.ts';
import { foundCompany, type TrytonCompany } from './company.ts';
import { TrytonDesk } from './desk.ts';
import { runTrytond } from './process.ts';
import { SERIES, type SeriesName } from './series.ts';

/** The oldest Python that all series run on. */
const PYTHON = '3.11';

export const DATABASE = 'erp';
export const USER = 'admin';
export const PASSWORD = 'isthmus-tests';
const COMPANY_NAME = 'Isthmus Trading';

const MODULES = [
  ...['party', 'company', 'currency', 'product', 'account', 'account_product', 'account_invoice', 'account_payment'],
  ...['account_credit_limit', 'stock', 'sale', 'purchase', 'sale_opportunity'],
];

/** An installed Tryton, and a database with a company to copy from. Read only. */
export interface TrytonDistribution {
  readonly environment: PythonEnvironment;
  /** The folder with the database's files. */
  readonly template: string;
  readonly company: TrytonCompany;
}

/** What this machine lacks to run Tryton, as words for a person; undefined when it can. */
export function missingForTryton(): string | undefined {
  return missingPython(PYTHON);
}

/** Installs Tryton and prepares the database, once per machine and version; safe when several processes want it. */
export async function prepareTryton(series: SeriesName): Promise<TrytonDistribution> {
  const requirements = new URL(SERIES[series].requirements, import.meta.url);
  const environment = await preparePython({ name: 'tryton', requirements, atLeast: PYTHON });
  const recipe = createHash('sha256').update(environment.fingerprint).update(MODULES.join());
  for (const file of ['company.ts', 'distribution.ts', 'series.ts'])
    recipe.update(await readFile(new URL(file, import.meta.url)));
  const template = await preparedOnce(`tryton-database-${recipe.digest('hex').slice(0, 12)}`, (building) =>
    buildTemplate(environment, building, series),
  );
  const company = JSON.parse(await readFile(join(template, 'company.json'), 'utf8')) as TrytonCompany;
  return { environment, template, company };
}

async function buildTemplate(environment: PythonEnvironment, folder: string, series: SeriesName): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, PASSWORD);
  await writeFile(join(folder, `${DATABASE}.sqlite`), '');
  const settings = join(folder, 'trytond.conf');
  await writeFile(settings, `[database]\nuri = sqlite://\npath = ${folder}\n`);
  const [python, script] = environment.script('trytond-admin') as [string, string];
  const options = ['-c', settings, '-d', DATABASE, '--email', 'admin@example.org', '-l', 'en'];
  await runTool(
    'Tryton could not set up its database',
    python,
    folder,
    [script, ...options, '--activate-dependencies', '-u', ...MODULES],
    { TRYTONPASSFILE: passwordFile },
  );
  const server = await runTrytond(environment, { folder, series });
  try {
    const desk = await TrytonDesk.open({
      ...{ url: server.url, database: DATABASE, user: USER, password: PASSWORD, series },
    });
    await writeFile(join(folder, 'company.json'), JSON.stringify(await foundCompany(desk, COMPANY_NAME, series)));
  } finally {
    await server.end();
  }
}
