/** Topics: how long the hub's own log is kept, what of it goes to Kafka where the config names brokers. */
import {
  createEnvelope,
  openKafka,
  RELAY,
  type ReadStanding,
  startPruning,
  startRelay,
  type TopicCommands,
  topicCommands,
} from '#events';
import type { Store } from '#store';
import type { HubSettings } from './hub-config.ts';

export interface Topics {
  readonly commands: TopicCommands;
  stop(): Promise<void>;
}

/** Throws a `ConfigError` when topics are not as they must be; brokers that are away are waited for. */
export async function startTopics(
  { topics }: HubSettings,
  store: Store,
  onError: (error: unknown) => void,
  readStanding?: ReadStanding,
): Promise<Topics> {
  const envelope = createEnvelope(store.layout.model, store.incarnation, topics);
  const { retentionDays } = topics;
  if (topics.kind === 'embedded') {
    const pruning = startPruning(store, { retentionDays, keptFor: [] }, onError);
    return { commands: topicCommands({ store, envelope }), stop: () => pruning.stop() };
  }
  const transport = await openKafka({
    ...topics,
    clientId: `${topics.prefix}-hub`,
    topics: envelope.topics,
    onTrouble: onError,
  });
  try {
    const relay = await startRelay({ store, envelope, transport, onError, ...(readStanding && { readStanding }) });
    const pruning = startPruning(store, { retentionDays, keptFor: [RELAY] }, onError);
    return {
      commands: topicCommands({ store, envelope, transport }),
      async stop() {
        await pruning.stop();
        await relay.stop();
        await transport.close();
      },
    };
  } catch (error) {
    await transport.close();
    throw error;
  }
}
