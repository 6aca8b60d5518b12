/** What brings data in: the only writer of the store, and capture over all connections. */
import { type Capture, type LiveObservation, startCapture } from '#capture';
import { openConnections, type SharedConnections } from '#connections';
import { createEnvelope, type Placement, startPlacement, type TopicCommands } from '#events';
import { type Golden, openGolden } from '#golden';
import { openStore } from '#store';
import { startWebhooks, type WebhookAdmin, type Webhooks } from '#webhooks';
import { announceTrouble } from './announce.ts';
import type { EngineCalls } from './engine-calls.ts';
import { type HubSettings, loadModel } from './hub-config.ts';
import { readOwnMetrics } from './metrics.ts';
import { startTopics, type Topics } from './topics.ts';

export interface Engine {
  /** What a live read saw and the store does not hold; may be dropped, capture brings it anyway. */
  observeLive(records: readonly LiveObservation[]): void;
  readonly calls: EngineCalls;
  stop(): Promise<void>;
}

export interface EngineOptions {
  readonly settings: HubSettings;
  readonly env: NodeJS.ProcessEnv;
  /** The reading side's budgets, when it runs in another thread. */
  readonly shared?: SharedConnections;
  /** What capture could not go on with by itself. */
  readonly onError: (error: unknown) => void;
  /** Lines for the operator. */
  readonly say: (line: string) => void;
}

/** Resolves when the store is up to date with the model and capture has begun. */
export async function startEngine({ settings, env, shared, onError, say }: EngineOptions): Promise<Engine> {
  const model = loadModel(settings);
  const store = await openStore(settings.store, model, { role: 'writer' });
  let topics: Topics | undefined;
  let placement: Placement | undefined;
  let webhooks: Webhooks | undefined;
  try {
    const connections = openConnections(settings.connections, {
      env,
      clock: () => store.clock(),
      ...(shared && { shared, participant: 1 }),
    });
    const golden = await openGolden({
      store,
      connections: connections.all.map(({ name, manifest }) => ({ name, manifest })),
      ownership: settings.ownership,
      maxClaims: settings.maxClaims,
      sources: settings.topics.sources,
      normalizeKey: connections.normalizeKey,
    });
    topics = await startTopics(settings, store, onError, golden.readStanding);
    const placing = startPlacement(store, onError);
    placement = placing;
    const sending = await startWebhooks({
      store,
      envelope: createEnvelope(model, store.incarnation, { ...settings.topics, sources: {} }),
      settings: settings.webhooks,
      onError,
      say,
    });
    webhooks = sending;
    const capture: Capture = await startCapture({
      connections,
      store,
      golden: wakingGolden(golden, placing),
      onError,
    });
    announceTrouble(capture.events, say);
    return {
      observeLive: (records) => capture.enqueueLive(records),
      calls: {
        approveDeletions: (connection, stream) => capture.approveSweep(connection, stream),
        takeHints: async (connection, hints) => capture.takeHints(connection, hints),
        readMetrics: readOwnMetrics,
        ...topicCalls(topics.commands),
        ...webhookCalls(sending),
      },
      stop: async () => {
        await capture.stop();
        await sending.stop();
        await placing.stop();
        await topics?.stop();
        await connections.close();
        await store.close();
      },
    };
  } catch (error) {
    await webhooks?.stop();
    await placement?.stop();
    await topics?.stop();
    await store.close();
    throw error;
  }
}

/** What was just committed gets its place in the log at once. */
function wakingGolden(golden: Golden, placement: Placement): Golden {
  return {
    ...golden,
    async observe(page) {
      const outcome = await golden.observe(page);
      placement.wake();
      return outcome;
    },
  };
}

function topicCalls(commands: TopicCommands) {
  return {
    replayTopics: commands.replay,
    rebuildStates: commands.rebuildStates,
    snapshotTopics: commands.snapshot,
    resetGroup: commands.resetGroup,
    releaseParked: commands.release,
  };
}

function webhookCalls(webhooks: WebhookAdmin) {
  return {
    createWebhook: webhooks.create,
    updateWebhook: webhooks.update,
    pauseWebhook: webhooks.pause,
    resumeWebhook: webhooks.resume,
    rotateSecretWebhook: webhooks.rotateSecret,
    deleteWebhook: webhooks.delete,
    testWebhook: webhooks.test,
    replayWebhook: webhooks.replay,
  };
}
