import kafkajs, { type Admin } from 'kafkajs';
import { ConfigError } from '#sdk';
import { PARTITIONS } from './partition.ts';
import { CLEANUP_POLICY, type TopicKind } from './topics.ts';

/** Dead letters and what is told of sources is kept by time, as changes are. */
export type PlanKind = TopicKind | 'source' | 'dead-letters';

export interface TopicPlan {
  readonly name: string;
  readonly kind: PlanKind;
}

export interface TopicCreation {
  /** Of the brokers' own setting when it is not given. */
  readonly replication: number | undefined;
  /** How long a changes topic keeps its messages. */
  readonly retentionDays: number;
}

const cleanupOf = (kind: PlanKind) => CLEANUP_POLICY[kind === 'state' ? 'state' : 'changes'];
const LEADERLESS: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);
const DAY_MS = 86_400_000;

/**
 * Creates what is missing, and refuses what is there in another shape: partitions and clean-up never change silently.
 * False: nothing was missing.
 */
export async function prepareTopics(
  admin: Admin,
  plans: readonly TopicPlan[],
  creation: TopicCreation,
): Promise<boolean> {
  const existing = new Set(await admin.listTopics());
  const missing = plans.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) {
    const creating = admin.createTopics({
      timeout: 30_000,
      topics: missing.map(({ name, kind }) => ({
        topic: name,
        numPartitions: PARTITIONS,
        replicationFactor: creation.replication ?? -1,
        configEntries: [
          { name: 'cleanup.policy', value: cleanupOf(kind) },
          ...(kind !== 'state' ? [{ name: 'retention.ms', value: String(creation.retentionDays * DAY_MS) }] : []),
        ],
      })),
    });
    // They are made by then; that their leaders are not known everywhere yet is nothing that sends would not wait for.
    await creating.catch((error: { readonly type?: string; readonly cause?: { readonly type?: string } }) => {
      if (!LEADERLESS.has(error.type ?? error.cause?.type ?? '')) throw error;
    });
  }
  const present = plans.filter(({ name }) => existing.has(name));
  if (present.length === 0) return true;
  const problems = [...(await partitionProblems(admin, present)), ...(await cleanupProblems(admin, present))];
  if (problems.length > 0) {
    throw new ConfigError(
      `Topics are not as they must be:\n  ${problems.join('\n  ')}\nSet another topics.prefix, or move their data and delete them.`,
      { details: { field: 'topics' } },
    );
  }
  return missing.length > 0;
}

async function partitionProblems(admin: Admin, plans: readonly TopicPlan[]): Promise<readonly string[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: plans.map(({ name }) => name) });
  return topics
    .filter(({ partitions }) => partitions.length !== PARTITIONS)
    .map(({ name, partitions }) => `${name} has ${partitions.length} partitions instead of ${PARTITIONS}.`);
}

async function cleanupProblems(admin: Admin, plans: readonly TopicPlan[]): Promise<readonly string[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: plans.map(({ name }) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['cleanup.policy'],
    })),
  });
  return resources.flatMap(({ resourceName, configEntries }) => {
    const plan = plans.find(({ name }) => name === resourceName);
    const found = configEntries.find(({ configName }) => configName === 'cleanup.policy')?.configValue;
    if (!plan || found === cleanupOf(plan.kind)) return [];
    return [`${resourceName} has the cleanup.policy "${found}" instead of "${cleanupOf(plan.kind)}".`];
  });
}
