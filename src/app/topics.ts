/** Topics in Kafka, where the config has some: what the log holds is published there. */
import { createEnvelope, openKafka, startRelay } from '#events';
import type { Store } from '#store';
import type { HubSettings } from './hub-config.ts';

export interface Topics {
  stop(): Promise<void>;
}

/** Throws a `ConfigError` when topics are not as they must be; brokers that are away are waited for. */
export async function startTopics(
  { topics }: HubSettings,
  store: Store,
  onError: (error: unknown) => void,
): Promise<Topics | undefined> {
  if (topics.kind === 'embedded') return undefined;
  const envelope = createEnvelope(store.layout.model, store.incarnation, topics);
  const transport = await openKafka({
    ...topics,
    clientId: `${topics.prefix}-hub`,
    topics: envelope.topics,
    onTrouble: onError,
  });
  try {
    const relay = await startRelay({ store, envelope, transport, onError });
    return {
      async stop() {
        await relay.stop();
        await transport.close();
      },
    };
  } catch (error) {
    await transport.close();
    throw error;
  }
}
