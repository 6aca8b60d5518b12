import { type KafkaProxy, startKafkaProxy } from '../support/kafka-proxy.ts';
import { type KafkaCluster, startKafka } from '../systems/kafka/cluster.ts';

/** Brokers with a proxy before each. */
export interface ProxiedKafka extends KafkaCluster {
  /** By node. */
  readonly proxies: readonly KafkaProxy[];
  /** What clients that shall be disturbed are given. */
  readonly proxied: readonly string[];
}

export async function startProxiedKafka(nodes: 1 | 3): Promise<ProxiedKafka> {
  const proxies = await Promise.all(Array.from({ length: nodes }, () => startKafkaProxy()));
  const stopProxies = () => Promise.all(proxies.map((proxy) => proxy.stop()));
  try {
    const cluster = await startKafka({ nodes, advertisedProxies: proxies.map(({ port }) => port) });
    for (const [index, proxy] of proxies.entries()) proxy.lead(cluster.nodes[index]!.proxiedPort);
    return {
      ...cluster,
      proxies,
      proxied: proxies.map(({ port }) => `127.0.0.1:${port}`),
      async stop() {
        await stopProxies();
        await cluster.stop();
      },
    };
  } catch (error) {
    await stopProxies();
    throw error;
  }
}
