/** The engine as the main thread sees it: the same interface, behind messages. */
import { Worker } from 'node:worker_threads';
import type { SharedConnections } from '#connections';
import { ConfigError, CredentialError } from '#sdk';
import type { Engine } from './engine.ts';
import type { EngineReply, EngineRequest, EngineThreadData } from './engine-thread.ts';

export interface EngineThread extends Engine {
  /** Rejects when the engine can no longer work. */
  readonly failed: Promise<never>;
}

/** A stop that takes longer is cut off; what was committed is safe. */
const STOP_WITHIN = 3000;

export async function startEngineThread(
  configFile: string,
  env: NodeJS.ProcessEnv,
  shared: SharedConnections,
  onError: (message: string) => void,
): Promise<EngineThread> {
  const isSource = import.meta.url.endsWith('.ts');
  const worker = new Worker(new URL(`./engine-thread.${isSource ? 'ts' : 'js'}`, import.meta.url), {
    workerData: { configFile, env: { ...env }, shared } satisfies EngineThreadData,
    ...(isSource && { execArgv: ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning'] }),
  });
  const send = (request: EngineRequest) => worker.postMessage(request);
  const approvals = new Map<number, (approved: boolean) => void>();
  let nextId = 1;
  let isStopping = false;
  const stopped = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  const failed = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (!isStopping) reject(new Error(`The engine's thread ended by itself with code ${code}.`));
    });
  });
  failed.catch(() => {});
  await Promise.race([
    failed,
    new Promise<void>((resolve, reject) => {
      worker.on('message', (reply: EngineReply) => {
        if (reply.tell === 'started') resolve();
        if (reply.tell === 'approved') approvals.get(reply.id)?.(reply.approved);
        if (reply.tell === 'failed') {
          if (reply.isStart) reject(startFailure(reply));
          else onError(reply.message);
        }
      });
    }),
  ]).catch(async (error) => {
    isStopping = true;
    await worker.terminate();
    throw error;
  });
  return {
    failed,
    observeLive: (records) => send({ ask: 'observe', records }),
    approveDeletions: (connection, stream) => {
      const id = nextId++;
      send({ ask: 'approve', id, connection, stream });
      return new Promise((resolve) => {
        approvals.set(id, (approved) => {
          approvals.delete(id);
          resolve(approved);
        });
      });
    },
    stop: async () => {
      isStopping = true;
      send({ ask: 'stop' });
      const timer = setTimeout(() => void worker.terminate(), STOP_WITHIN);
      await stopped;
      clearTimeout(timer);
    },
  };
}

function startFailure({ code, message }: { readonly code: string | undefined; readonly message: string }): Error {
  if (code === 'CONFIG') return new ConfigError(message);
  if (code === 'CREDENTIAL') return new CredentialError(message);
  return new Error(message);
}
