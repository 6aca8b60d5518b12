/** The engine's own thread: reading the graph never waits for a write. Imports the config again, since it is code. */
import { parentPort } from 'node:worker_threads';
import type { LiveObservation } from '#capture';
import type { SharedConnections } from '#connections';
import { type Engine, startEngine } from './engine.ts';
import { answerCall, type CallAnswer, type CallMessage, type ToldError, tellError } from './engine-calls.ts';
import { importConfig, readConfig } from './hub-config.ts';

export interface EngineStart {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly shared: SharedConnections;
}

export type EngineRequest =
  | ({ readonly ask: 'start' } & EngineStart)
  | { readonly ask: 'observe'; readonly records: readonly LiveObservation[] }
  | { readonly ask: 'call'; readonly call: CallMessage }
  | { readonly ask: 'stop' };

export type EngineReply =
  | { readonly tell: 'started' }
  | { readonly tell: 'stopped' }
  | { readonly tell: 'answer'; readonly answer: CallAnswer }
  | { readonly tell: 'line'; readonly line: string }
  | { readonly tell: 'failed'; readonly error: ToldError; readonly isStart: boolean };

const tell = (reply: EngineReply) => parentPort?.postMessage(reply);
const fail = (error: unknown, isStart: boolean) => tell({ tell: 'failed', error: tellError(error), isStart });

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
    case 'call':
      return tell({ tell: 'answer', answer: await answerCall(engine.calls, request.call) });
    case 'stop':
      await engine.stop();
      tell({ tell: 'stopped' });
      parentPort?.close();
  }
}
