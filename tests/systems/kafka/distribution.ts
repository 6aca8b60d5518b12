import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brokerSettings } from './settings.ts';

const KAFKA_VERSION = '4.4.0';
const LOG4J_VERSION = '2.25.5';
/** Raised when what is prepared beside the downloads changes. */
const LAYOUT = 1;
const MAVEN_TIMEOUT_MS = 300_000;
export const MOST_NODES = 3;
const JAVA = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The files of a runnable broker. Read only: any number of brokers run from one copy. */
export interface KafkaDistribution {
  readonly home: string;
  /** A formatted, empty data folder of a node; copied for each broker. */
  dataFolder(nodes: number, node: number): string;
  /** What `java` takes to run a main class of Kafka. */
  java(heap: string): readonly string[];
}

/** What this machine lacks to run Kafka, as words for a person; undefined when it can. */
export function missingForKafka(): string | undefined {
  if (process.platform === 'win32') return 'a POSIX system';
  const missing = [
    ['java', '-version', 'Java 17 or newer (java)'],
    ['mvn', '--version', 'Maven (mvn)'],
  ].filter(([command, flag]) => spawnSync(command!, [flag!], { stdio: 'ignore' }).status !== 0);
  return missing.length === 0 ? undefined : missing.map(([, , title]) => title).join(' and ');
}

/** Downloads the broker and formats empty data folders, once per machine and version; safe when several ask at once. */
export async function prepareKafka(): Promise<KafkaDistribution> {
  const cache = cacheFolder();
  const home = join(cache, `kafka-${KAFKA_VERSION}-${LAYOUT}`);
  if (!existsSync(home)) {
    const building = await mkdtemp(join(cache, 'kafka-building-'));
    try {
      await download(building);
      await writeFile(join(building, 'log4j2.yaml'), LOGGING);
      for (const nodes of [1, MOST_NODES]) {
        for (let node = 1; node <= nodes; node += 1) await format(building, nodes, node);
      }
      // Whoever renames first wins; the others use what stands there.
      await rename(building, home).catch((error: unknown) => {
        if (!existsSync(home)) throw error;
      });
    } finally {
      await rm(building, { recursive: true, force: true });
    }
  }
  return {
    home,
    dataFolder: (nodes, node) => join(home, dataName(nodes, node)),
    java: (heap) => [
      ...JAVA,
      `-Xms${heap}`,
      `-Xmx${heap}`,
      `-Dlog4j2.configurationFile=${join(home, 'log4j2.yaml')}`,
      '-cp',
      join(home, 'libs', '*'),
    ],
  };
}

const LOGGING = `Configuration:
  Appenders:
    Console: { name: out, PatternLayout: { pattern: "%p %c{1} %m%n" } }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: out } }
    Logger: { name: kafka.server.KafkaRaftServer, level: INFO }
`;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>isthmus</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version></dependency>
  </dependencies>
</project>
`;

async function download(folder: string): Promise<void> {
  await writeFile(join(folder, 'pom.xml'), POM);
  // A repository of its own: the user's may be read-only, absent, or in use by another Maven.
  const repository = join(folder, 'repository');
  await run('Maven could not fetch Kafka', 'mvn', folder, [
    ...['-q', '-B', `-Dmaven.repo.local=${repository}`, 'dependency:copy-dependencies'],
    ...[`-DoutputDirectory=${join(folder, 'libs')}`, '-DincludeScope=runtime'],
  ]);
  await rm(repository, { recursive: true, force: true });
}

/** Voters are static, so what is formatted knows no ports and serves every start. */
async function format(folder: string, nodes: number, node: number): Promise<void> {
  const ports = Array.from({ length: nodes }, () => ({ client: 1, proxied: 2, controller: 3 }));
  const settings = join(folder, 'format.properties');
  await writeFile(settings, brokerSettings({ node, ports, data: join(folder, dataName(nodes, node)) }));
  await run('Kafka could not format a data folder', 'java', folder, [
    ...[...JAVA, '-cp', join(folder, 'libs', '*'), 'kafka.tools.StorageTool'],
    ...['format', '-t', 'aXN0aG11cy1mb3ItdGVzdA', '-c', settings],
  ]);
  await rm(settings);
}

const dataName = (nodes: number, node: number) => `data-${node}-of-${nodes}`;

async function run(problem: string, command: string, folder: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args, { cwd: folder, timeout: MAVEN_TIMEOUT_MS });
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string };
    throw new Error(`${problem}: ${message}\n${stdout.slice(-2000)}`, { cause: error });
  }
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
