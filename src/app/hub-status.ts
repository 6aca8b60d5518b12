/** What the control graph shows, read from the store; what it asks to be done, handed to the engine. */
import { heldSweeps } from '#capture';
import type { Connections } from '#connections';
import type { ConnectionStatus, HubStatus, StreamStatus } from '#control';
import { type Store, type StreamState, streamStates } from '#store';
import type { Engine } from './engine.ts';
import { createTopicsControl } from './topics-control.ts';
import { createWebhooksControl } from './webhooks-control.ts';

export function createHubStatus(connections: Connections, store: Store, engine: Engine): HubStatus {
  const states = streamStates(store);
  return {
    approveDeletions: (connection, stream) => engine.calls.approveDeletions(connection, stream),
    topics: createTopicsControl(store, engine.calls),
    webhooks: createWebhooksControl(store, engine.calls),
    async connections(): Promise<readonly ConnectionStatus[]> {
      const [found, held] = await Promise.all([states.list(), heldSweeps(store)]);
      return connections.all.map(({ name, manifest, streams }) => ({
        name,
        product: manifest.title,
        category: manifest.category,
        streams: streams.map((stream) => {
          const state = found.find((each) => each.connection === name && each.stream === stream.name);
          const hold = held.find((each) => each.connection === name && each.stream === stream.name);
          return { ...statusOf(stream.name, stream.manifest, state), heldDeletions: hold?.missing ?? 0 };
        }),
      }));
    },
    async setAside({ connection, first }) {
      const names = connection === undefined ? connections.all.map(({ name }) => name) : [connection];
      const found = await Promise.all(names.map((name) => states.setAside({ connection: name, limit: first })));
      const newest = found.flat().toSorted((a, b) => b.at - a.at);
      return newest.slice(0, first).map(({ sourceId, at, ...rest }) => ({
        connection: rest.connection,
        stream: rest.stream,
        sourceId,
        code: rest.code,
        reason: rest.reason,
        at: new Date(at),
      }));
    },
  };
}

function statusOf(
  name: string,
  manifest: { readonly title: string; readonly entities: readonly string[] },
  state: StreamState | undefined,
): Omit<StreamStatus, 'heldDeletions'> {
  return {
    name,
    title: manifest.title,
    entities: manifest.entities,
    phase:
      state === undefined || (state.position === null && state.records === 0 && state.phase === 'snapshot')
        ? 'waiting'
        : state.phase,
    records: state?.records ?? 0,
    freshThrough: state?.freshThrough == null ? null : new Date(state.freshThrough),
    errorCode: state?.lastErrorCode ?? null,
    errorMessage: state?.lastError ?? null,
    maskedCardNumbers: state?.maskedCards ?? 0,
  };
}
