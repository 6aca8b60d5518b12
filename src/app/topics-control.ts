/** Topics as the control graph sees them: what is under way is read from the store, what is asked goes to the engine. */
import type { TopicJobStatus, TopicsControl } from '#control';
import { findJob, listJobs, listParked, type TopicJob } from '#events';
import type { Store } from '#store';
import type { EngineCalls } from './engine-calls.ts';

export function createTopicsControl(store: Store, calls: EngineCalls): TopicsControl {
  return {
    jobs: async (first) => (await listJobs(store, first)).map(statusOf),
    async job(id) {
      const job = await findJob(store, id);
      return job && statusOf(job);
    },
    async parked(first) {
      const parked = await listParked(store, first);
      return parked.map(({ canonicalId, entity, topic, reason, at, isReleasing }) => ({
        ...{ key: canonicalId, entity, topic, reason, isReleasing },
        at: new Date(at),
      }));
    },
    replay: async ({ from, to, ...request }) =>
      statusOf(await calls.replayTopics({ ...request, from: from.getTime(), to: to?.getTime() })),
    rebuildStates: async (entity) => statusOf(await calls.rebuildStates(entity)),
    snapshot: async (request) => statusOf(await calls.snapshotTopics(request)),
    resetGroup: (group, from) => calls.resetGroup(group, from.getTime()),
    release: (key) => calls.releaseParked(key),
  };
}

function statusOf({ createdAt, updatedAt, ...job }: TopicJob): TopicJobStatus {
  return { ...job, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
}
