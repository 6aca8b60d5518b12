export interface BrokerPorts {
  readonly client: number;
  /** Reached through something in between, whose port is advertised instead. */
  readonly proxied: number;
  readonly controller: number;
}

export interface BrokerPlan {
  /** From 1. */
  readonly node: number;
  /** Of all nodes, in their order. */
  readonly ports: readonly BrokerPorts[];
  readonly data: string;
  /** What clients of the proxied listener are told to connect to. */
  readonly advertisedProxy?: number;
  /** Lines that win over the others, by the node's own ports. */
  readonly more?: (ports: BrokerPorts) => readonly string[];
  readonly scram?: readonly string[];
}

/** A server.properties for small, short-lived brokers: quick to start, quick to notice that one is gone. */
export function brokerSettings({ node, ports, data, advertisedProxy, more }: BrokerPlan): string {
  const own = ports[node - 1]!;
  const at = (port: number) => `127.0.0.1:${port}`;
  const copies = ports.length;
  return [
    'process.roles=broker,controller',
    `node.id=${node}`,
    `controller.quorum.voters=${ports.map(({ controller }, index) => `${index + 1}@${at(controller)}`).join(',')}`,
    `listeners=PLAINTEXT://${at(own.client)},PROXIED://${at(own.proxied)},CONTROLLER://${at(own.controller)}`,
    `advertised.listeners=PLAINTEXT://${at(own.client)},PROXIED://${at(advertisedProxy ?? own.proxied)}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${data}`,
    'auto.create.topics.enable=false',
    'group.initial.rebalance.delay.ms=0',
    `offsets.topic.replication.factor=${copies}`,
    'offsets.topic.num.partitions=4',
    `transaction.state.log.replication.factor=${copies}`,
    `transaction.state.log.min.isr=${Math.min(copies, 2)}`,
    'transaction.state.log.num.partitions=4',
    `share.coordinator.state.topic.replication.factor=${copies}`,
    'share.coordinator.state.topic.min.isr=1',
    'share.coordinator.state.topic.num.partitions=1',
    `default.replication.factor=${copies}`,
    `min.insync.replicas=${Math.min(copies, 2)}`,
    'log.cleaner.dedupe.buffer.size=4194304',
    'num.network.threads=2',
    'num.io.threads=4',
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    'controller.quorum.election.timeout.ms=500',
    'controller.quorum.fetch.timeout.ms=1000',
    'controller.quorum.election.backoff.max.ms=500',
    ...(more?.(own) ?? []),
    '',
  ].join('\n');
}
