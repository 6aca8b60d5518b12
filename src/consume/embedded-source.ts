import { TakenOverError } from './errors.ts';
import type { Place } from './ledger.ts';
import type { Transport } from './messages.ts';
import type { Source } from './source.ts';

export interface EmbeddedOptions {
  readonly transport: Transport;
  /** Members of one group share the partitions; the hub's store knows where they stand. */
  readonly group: string;
}

/** The hub's own log, for consumers inside of the hub's process. */
export function embedded({ transport, group }: EmbeddedOptions): Source {
  return {
    needsLedger: true,
    async open(topics, session) {
      const claimed = new Set<string>();
      const stopping = new AbortController();
      const subscriber = await transport.subscribe({
        group,
        topics,
        onError: (error) => session.trouble(error),
        async handle({ topic, partition, messages }) {
          const place: Place = { topic, partition };
          const name = `${topic} ${partition}`;
          if (!claimed.has(name)) await session.claim(place);
          claimed.add(name);
          try {
            await session.deliver(place, messages, { signal: stopping.signal, settled: async () => {} });
          } catch (error) {
            if (error instanceof TakenOverError) claimed.delete(name);
            throw error;
          }
          // What was not settled has to come again, so the group must not move on.
          stopping.signal.throwIfAborted();
        },
      });
      subscriber.failed.catch((error) => session.fail(error));
      return {
        async stop() {
          stopping.abort();
          await subscriber.stop();
        },
      };
    },
  };
}
