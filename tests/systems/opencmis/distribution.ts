import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTools, preparedOnce, runMaven } from '../downloads.ts';

const GROUP = 'org.apache.chemistry.opencmis';
const OPENCMIS_VERSION = '1.1.0';
const JETTY_VERSION = '9.4.57.v20241219';
/** Raised when what `adapt` does to the unpacked files changes. */
const LAYOUT = 1;

const PROBLEM = 'Maven could not fetch OpenCMIS';

/** The files of a runnable OpenCMIS in-memory server. Read only: any number of servers run from one copy. */
export interface OpenCmisDistribution {
  readonly jettyJar: string;
  readonly warFolder: string;
}

/** What this machine lacks to run OpenCMIS, as words for a person; undefined when it can. */
export function missingForOpenCmis(): string | undefined {
  return missingTools('Java 11 or newer');
}

/** Downloads and adapts the server, once per machine and version; safe when several processes want it at once. */
export async function prepareOpenCmis(): Promise<OpenCmisDistribution> {
  const name = `opencmis-${OPENCMIS_VERSION}-jetty-${JETTY_VERSION}-${LAYOUT}`;
  const home = await preparedOnce(name, async (building) => {
    await download(building);
    await adapt(join(building, 'war'));
  });
  return { jettyJar: join(home, `jetty-runner-${JETTY_VERSION}.jar`), warFolder: join(home, 'war') };
}

async function download(folder: string): Promise<void> {
  const war = `${GROUP}:chemistry-opencmis-server-inmemory:${OPENCMIS_VERSION}:war`;
  await runMaven(PROBLEM, folder, [
    'dependency:unpack',
    `-Dartifact=${war}`,
    `-DoutputDirectory=${join(folder, 'war')}`,
  ]);
  const jetty = `org.eclipse.jetty:jetty-runner:${JETTY_VERSION}`;
  const target = [`-DoutputDirectory=${folder}`, '-Dmdep.useBaseVersion=true'];
  await runMaven(PROBLEM, folder, ['dependency:copy', `-Dartifact=${jetty}`, ...target]);
  // Where there is no project, the unpacking goal leaves a folder of this very name.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the name of the folder
  for (const waste of ['repository', '${project.basedir}']) {
    await rm(join(folder, waste), { recursive: true, force: true });
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
