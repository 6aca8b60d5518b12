/** What all threads counted, in the text that Prometheus reads. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import registry from 'prom-client/lib/registry.js';
import type { EngineCalls } from './engine-calls.ts';

export type MetricObject = MetricObjectWithValues<MetricValue<string>>;

/** Of the thread that calls it: rooms count in prom-client's registry, and each thread has one of its own. */
export async function readOwnMetrics(): Promise<readonly MetricObject[]> {
  return await registry.globalRegistry.getMetricsAsJSON();
}

/** Both threads' counts added up, and what the process itself uses. */
export async function readMetrics(calls: Pick<EngineCalls, 'readMetrics'>): Promise<string> {
  const both = await Promise.all([readOwnMetrics(), calls.readMetrics()]);
  const { default: AggregatorRegistry } = await import('prom-client/lib/cluster.js');
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const own = [
    ...gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', rss),
    ...gauge('nodejs_heap_used_bytes', 'Heap in use by the thread that answers, in bytes.', heapUsed),
    ...gauge('process_cpu_seconds_total', 'User and system time spent, in seconds.', (user + system) / 1e6, 'counter'),
    ...gauge('process_uptime_seconds', 'How long the hub runs.', process.uptime()),
  ];
  return `${await AggregatorRegistry.aggregate(both.map((metrics) => [...metrics])).metrics()}${own.join('\n')}\n`;
}

const gauge = (name: string, help: string, value: number, type = 'gauge') => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  `${name} ${value}`,
];
