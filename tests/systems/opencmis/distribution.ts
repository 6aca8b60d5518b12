import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const GROUP = 'org.apache.chemistry.opencmis';
const OPENCMIS_VERSION = '1.1.0';
const JETTY_VERSION = '9.4.57.v20241219';
/** Raised when what `adapt` does to the unpacked files changes. */
const LAYOUT = 1;
const MAVEN_TIMEOUT_MS = 300_000;

/** The files of a runnable OpenCMIS in-memory server. Read only: any number of servers run from one copy. */
export interface OpenCmisDistribution {
  readonly jettyJar: string;
  readonly warFolder: string;
}

/** What this machine lacks to run OpenCMIS, as words for a person; undefined when it can. */
export function missingForOpenCmis(): string | undefined {
  if (process.platform === 'win32') return 'a POSIX system';
  const missing = [
    ['java', '-version', 'Java 11 or newer (java)'],
    ['mvn', '--version', 'Maven (mvn)'],
  ].filter(([command, flag]) => spawnSync(command!, [flag!], { stdio: 'ignore' }).status !== 0);
  return missing.length === 0 ? undefined : missing.map(([, , title]) => title).join(' and ');
}

/** Downloads and adapts the server, once per machine and version; safe when several processes want it at once. */
export async function prepareOpenCmis(): Promise<OpenCmisDistribution> {
  const cache = cacheFolder();
  const home = join(cache, `opencmis-${OPENCMIS_VERSION}-jetty-${JETTY_VERSION}-${LAYOUT}`);
  if (!existsSync(home)) {
    const building = await mkdtemp(join(cache, 'opencmis-building-'));
    try {
      await download(building);
      await adapt(join(building, 'war'));
      // Whoever renames first wins; the others use what stands there.
      await rename(building, home).catch((error: unknown) => {
        if (!existsSync(home)) throw error;
      });
    } finally {
      await rm(building, { recursive: true, force: true });
    }
  }
  return { jettyJar: join(home, `jetty-runner-${JETTY_VERSION}.jar`), warFolder: join(home, 'war') };
}

/** The user's cache, or the temp folder where there is no home to write to. */
function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), '.cache');
  for (const folder of [join(base, 'isthmus'), join(tmpdir(), `isthmus-cache-${process.getuid?.() ?? 0}`)]) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // not writable: the next one
    }
  }
  throw new Error(`no folder to keep downloads in: neither ${base} nor ${tmpdir()} can be written`);
}

async function download(folder: string): Promise<void> {
  const war = `${GROUP}:chemistry-opencmis-server-inmemory:${OPENCMIS_VERSION}:war`;
  await maven(folder, ['dependency:unpack', `-Dartifact=${war}`, `-DoutputDirectory=${join(folder, 'war')}`]);
  const jetty = `org.eclipse.jetty:jetty-runner:${JETTY_VERSION}`;
  const target = [`-DoutputDirectory=${folder}`, '-Dmdep.useBaseVersion=true'];
  await maven(folder, ['dependency:copy', `-Dartifact=${jetty}`, ...target]);
  // Where there is no project, the unpacking goal leaves a folder of this very name.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the name of the folder
  for (const waste of ['repository', '${project.basedir}']) {
    await rm(join(folder, waste), { recursive: true, force: true });
  }
}

async function maven(folder: string, goal: readonly string[]): Promise<void> {
  // A repository of its own: the user's may be read-only, absent, or in use by another Maven.
  const args = ['-q', '-B', `-Dmaven.repo.local=${join(folder, 'repository')}`, ...goal];
  try {
    await promisify(execFile)('mvn', args, { cwd: folder, timeout: MAVEN_TIMEOUT_MS });
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string };
    throw new Error(`Maven could not fetch OpenCMIS: ${message}\n${stdout.slice(-2000)}`, { cause: error });
  }
}

/** SOAP needs parts that left the JDK with Java 11, and a servlet that fails takes the whole server down. */
async function adapt(war: string): Promise<void> {
  const descriptor = join(war, 'WEB-INF', 'web.xml');
  const xml = (await readFile(descriptor, 'utf8')).replace(/<!--[\s\S]*?-->/g, '');
  const soap = /<(servlet|servlet-mapping)>\s*<servlet-name>cmisws1[01]<\/servlet-name>[\s\S]*?<\/\1>/g;
  const listener = /<listener>\s*<listener-class>[^<]*WSServletContextListener[^<]*<\/listener-class>\s*<\/listener>/g;
  await writeFile(descriptor, xml.replace(soap, '').replace(listener, ''));

  const settings = join(war, 'WEB-INF', 'classes', 'repository.properties');
  const text = await readFile(settings, 'utf8');
  await writeFile(settings, text.replace(/^RepositoryFiller\.Enable=true$/m, 'RepositoryFiller.Enable=false'));
}
