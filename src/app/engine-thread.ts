/** The engine's own thread: reading the graph never waits for a write. Imports the config again, since it is code. */
import { parentPort } from 'node:worker_threads';
import type { LiveObservation } from '#capture';
import type { SharedConnections } from '#connections';
import { isIsthmusError } from '#sdk';
import { type Engine, startEngine } from './engine.ts';
import { importConfig, readConfig } from './hub-config.ts';

export interface EngineStart {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly shared: SharedConnections;
}

export type EngineRequest =
  | ({ readonly ask: 'start' } & EngineStart)
  | { readonly ask: 'observe'; readonly records: readonly LiveObservation[] }
  | { readonly ask: 'approve'; readonly id: number; readonly connection: string; readonly stream: string }
  | { readonly ask: 'stop' };

export type EngineReply =
  | { readonly tell: 'started' }
  | { readonly tell: 'stopped' }
  | { readonly tell: 'approved'; readonly id: number; readonly approved: boolean }
  | { readonly tell: 'line'; readonly line: string }
  | { readonly tell: 'failed'; readonly message: string; readonly code: string | undefined; readonly isStart: boolean };

const tell = (reply: EngineReply) => parentPort?.postMessage(reply);
const fail = (error: unknown, isStart: boolean) => {
  const message = error instanceof Error ? error.message : String(error);
  tell({ tell: 'failed', message, code: isIsthmusError(error) ? error.code : undefined, isStart });
};

let starting: Promise<Engine> | undefined;

parentPort?.on('message', (request: EngineRequest) => {
  if (request.ask === 'start') {
    starting = start(request);
    starting.then(
      () => tell({ tell: 'started' }),
      (error) => fail(error, true),
    );
  } else starting?.then((engine) => answer(engine, request)).catch((error) => fail(error, false));
});

async function start({ configFile, env, shared }: EngineStart): Promise<Engine> {
  const settings = readConfig(await importConfig(configFile), configFile, env);
  return await startEngine({
    settings,
    env,
    shared,
    onError: (error) => fail(error, false),
    say: (line) => tell({ tell: 'line', line }),
  });
}

async function answer(engine: Engine, request: Exclude<EngineRequest, { ask: 'start' }>): Promise<void> {
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
