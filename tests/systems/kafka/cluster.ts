import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../support/free-port.ts';
import { runTool } from '../downloads.ts';
import { type KeptProcess, startKept } from '../kept-process.ts';
import { type KafkaDistribution, type MOST_NODES, prepareKafka } from './distribution.ts';
import { type BrokerPlan, type BrokerPorts, brokerSettings } from './settings.ts';

export interface KafkaNode {
  /** Such as `127.0.0.1:40123`. */
  readonly address: string;
  /** Of the listener that advertises the port given as `advertisedProxy`. */
  readonly proxiedPort: number;
  /** As kill -9 does; its data stays. */
  kill(): Promise<void>;
  /** As an operator does: it hands over what it leads, then ends. */
  shutDown(): Promise<void>;
  /** Again on the same data and ports, after either. Resolves when it answers clients. */
  start(): Promise<void>;
}

/** Running brokers on 127.0.0.1: empty at first, and gone with all they hold when stopped. */
export interface KafkaCluster {
  readonly brokers: readonly string[];
  readonly nodes: readonly KafkaNode[];
  /** The one of them that is the active controller, as the nodes themselves noted it last. */
  controller(): Promise<KafkaNode>;
  stop(): Promise<void>;
}

export interface KafkaOptions {
  /** 1 by default; 3 keep three copies of everything, of which two must stand. */
  readonly nodes?: 1 | typeof MOST_NODES;
  /** By node: the port that clients of its proxied listener are told to use. */
  readonly advertisedProxies?: readonly number[];
  /** Lines after the others of a node's server.properties; they win. */
  readonly settings?: (ports: BrokerPorts) => readonly string[];
  /** With one node: users that its data begins with, as `SCRAM-SHA-256=[name=ann,password=secret]`. */
  readonly scram?: readonly string[];
}

const HEAP = '160m';

/** Downloads Kafka where needed, and starts brokers on free ports. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const distribution = await prepareKafka();
  const count = options.nodes ?? 1;
  const folder = await mkdtemp(join(tmpdir(), 'kafka-'));
  const ports = await portsOf(count);
  const nodes = await Promise.all(
    ports.map((_, index) => {
      const advertisedProxy = options.advertisedProxies?.[index];
      return createNode(distribution, folder, {
        node: index + 1,
        ports,
        data: join(folder, `data-${index + 1}`),
        ...(advertisedProxy !== undefined && { advertisedProxy }),
        ...(options.settings && { more: options.settings }),
        ...(options.scram && { scram: options.scram }),
      });
    }),
  );
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers: nodes.map(({ address }) => address),
    nodes,
    controller: async () => nodes[(await controllerIn(folder, count)) - 1]!,
    stop,
  };
}

/** Clients are told of any broker as the controller, so this asks the quorum's own notes. */
async function controllerIn(folder: string, count: number): Promise<number> {
  const notes = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const file = join(folder, `data-${index + 1}`, '__cluster_metadata-0', 'quorum-state');
      return JSON.parse(await readFile(file, 'utf8')) as { readonly leaderId: number; readonly leaderEpoch: number };
    }),
  );
  const [latest] = notes.filter(({ leaderId }) => leaderId > 0).toSorted((a, b) => b.leaderEpoch - a.leaderEpoch);
  if (!latest) throw new Error('No controller was elected yet.');
  return latest.leaderId;
}

async function createNode(distribution: KafkaDistribution, folder: string, plan: BrokerPlan): Promise<KafkaNode> {
  const { client, proxied } = plan.ports[plan.node - 1]!;
  const settings = join(folder, `server-${plan.node}.properties`);
  await writeFile(settings, brokerSettings(plan));
  if (plan.scram) await formatWithUsers(distribution, folder, settings, plan.scram);
  else await cp(distribution.dataFolder(plan.ports.length, plan.node), plan.data, { recursive: true });
  let running: KeptProcess<true> | undefined;
  const end = async (how: 'kill' | 'shutDown') => {
    await running?.[how]();
    running = undefined;
  };
  return {
    address: `127.0.0.1:${client}`,
    proxiedPort: proxied,
    async start() {
      running = await startKept({
        title: 'Kafka',
        command: ['java', ...distribution.java(HEAP), 'kafka.Kafka', settings],
        folder,
        ready: (log) => log.includes('Kafka Server started') || undefined,
      });
    },
    kill: () => end('kill'),
    shutDown: () => end('shutDown'),
  };
}

async function formatWithUsers(kafka: KafkaDistribution, folder: string, settings: string, users: readonly string[]) {
  await runTool('Kafka could not format a data folder', 'java', folder, [
    ...[...kafka.java('64m'), 'kafka.tools.StorageTool', 'format', '-t', 'aXN0aG11cy1mb3ItdGVzdA', '-c', settings],
    ...users.flatMap((user) => ['--add-scram', user]),
  ]);
}

async function portsOf(count: number): Promise<readonly BrokerPorts[]> {
  const ports = await freePorts(count * 3);
  return Array.from({ length: count }, (_, index) => ({
    client: ports[index * 3]!,
    proxied: ports[index * 3 + 1]!,
    controller: ports[index * 3 + 2]!,
  }));
}
