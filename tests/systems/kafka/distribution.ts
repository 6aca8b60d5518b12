import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTools, preparedOnce, runMaven, runTool } from '../downloads.ts';
import { brokerSettings } from './settings.ts';

const KAFKA_VERSION = '4.4.0';
const LOG4J_VERSION = '2.25.5';
/** Raised when what is prepared beside the downloads changes. */
const LAYOUT = 1;
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
  return missingTools('Java 17 or newer');
}

/** Downloads the broker and formats empty data folders, once per machine and version; safe when several ask at once. */
export async function prepareKafka(): Promise<KafkaDistribution> {
  const home = await preparedOnce(`kafka-${KAFKA_VERSION}-${LAYOUT}`, async (building) => {
    await download(building);
    await writeFile(join(building, 'log4j2.yaml'), LOGGING);
    for (const nodes of [1, MOST_NODES]) {
      for (let node = 1; node <= nodes; node += 1) await format(building, nodes, node);
    }
  });
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
  await runMaven('Maven could not fetch Kafka', folder, [
    'dependency:copy-dependencies',
    `-DoutputDirectory=${join(folder, 'libs')}`,
    '-DincludeScope=runtime',
  ]);
  await rm(join(folder, 'repository'), { recursive: true, force: true });
}

/** Voters are static, so what is formatted knows no ports and serves every start. */
async function format(folder: string, nodes: number, node: number): Promise<void> {
  const ports = Array.from({ length: nodes }, () => ({ client: 1, proxied: 2, controller: 3 }));
  const settings = join(folder, 'format.properties');
  await writeFile(settings, brokerSettings({ node, ports, data: join(folder, dataName(nodes, node)) }));
  await runTool('Kafka could not format a data folder', 'java', folder, [
    ...[...JAVA, '-cp', join(folder, 'libs', '*'), 'kafka.tools.StorageTool'],
    ...['format', '-t', 'aXN0aG11cy1mb3ItdGVzdA', '-c', settings],
  ]);
  await rm(settings);
}

const dataName = (nodes: number, node: number) => `data-${node}-of-${nodes}`;
