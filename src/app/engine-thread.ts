/** The engine's own thread: reading the graph never waits for a write. Imports the config again, since it is code. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LiveObservation } from '#capture';
import type { SharedConnections } from '#connections';
import { isIsthmusError } from '#sdk';
import { type Engine, startEngine } from './engine.ts';
import { importConfig, readConfig } from './hub-config.ts';

export interface EngineThreadData {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly shared: SharedConnections;
}

export type EngineRequest =
  | { readonly ask: 'observe'; readonly records: readonly LiveObservation[] }
  | { readonly ask: 'approve'; readonly id: number; readonly connection: string; readonly stream: string }
  | { readonly ask: 'stop' };

export type EngineReply =
  | { readonly tell: 'started' }
  | { readonly tell: 'stopped' }
  | { readonly tell: 'approved'; readonly id: number; readonly approved: boolean }
  | { readonly tell: 'failed'; readonly message: string; readonly code: string | undefined; readonly isStart: boolean };

const { configFile, env, shared } = workerData as EngineThreadData;
const tell = (reply: EngineReply) => parentPort?.postMessage(reply);
const fail = (error: unknown, isStart: boolean) => {
  const message = error instanceof Error ? error.message : String(error);
  tell({ tell: 'failed', message, code: isIsthmusError(error) ? error.code : undefined, isStart });
};

const starting = importConfig(configFile).then((config) =>
  startEngine({ settings: readConfig(config, configFile, env), env, shared, onError: (error) => fail(error, false) }),
);

parentPort?.on('message', (request: EngineRequest) => {
  starting.then((engine) => answer(engine, request)).catch((error) => fail(error, false));
});

starting.then(
  () => tell({ tell: 'started' }),
  (error) => fail(error, true),
);

async function answer(engine: Engine, request: EngineRequest): Promise<void> {
  switch (request.ask) {
    case 'observe':
      return engine.observeLive(request.records);
    case 'approve': {
      const { id, connection, stream } = request;
      return tell({ tell: 'approved', id, approved: await engine.approveDeletions(connection, stream) });
    }
    case 'stop':
      await engine.stop();
      tell({ tell: 'stopped' });
      parentPort?.close();
  }
}
