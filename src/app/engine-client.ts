/** The engine as the main thread sees it: the same interface, behind messages. */
import { Worker } from 'node:worker_threads';
import type { Engine } from './engine.ts';
import { CallsUnderWay, errorTold } from './engine-calls.ts';
import type { EngineReply, EngineRequest, EngineStart } from './engine-thread.ts';

export interface EngineThread extends Engine {
  /** Rejects when the engine can no longer work. */
  readonly failed: Promise<never>;
}

/**
 * What lives shortly is a page on its way into the store. V8's own bound is 64 MB of two halves, which it fills and
 * gives back late; with this one each half is 8 MB, and a snapshot collects garbage for a tenth of its time, not for 7 %.
 */
const YOUNG_MEGABYTES = 24;
/** A stop that takes longer is cut off; what was committed is safe. */
const STOP_WITHIN = 3000;

/** A thread that loads its code and waits to be told what for. */
export interface LaunchedEngine {
  /** Once. Resolves when the store is up to date and capture has begun. */
  start(what: EngineStart, onError: (message: string) => void): Promise<EngineThread>;
  /** For a start that fails. */
  end(): Promise<void>;
}

export function launchEngineThread(): LaunchedEngine {
  const isSource = import.meta.url.endsWith('.ts');
  const worker = new Worker(new URL(`./engine-thread.${isSource ? 'ts' : 'js'}`, import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    ...(isSource && { execArgv: ['--conditions=isthmus-source', '--disable-warning=ExperimentalWarning'] }),
  });
  let isEnding = false;
  const failed = new Promise<never>((_, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (!isEnding) reject(new Error(`The engine's thread ended by itself with code ${code}.`));
    });
  });
  failed.catch(() => {});
  const expectEnd = () => {
    isEnding = true;
  };
  return {
    start: (what, onError) => startEngine({ worker, failed, expectEnd }, what, onError),
    end: async () => {
      expectEnd();
      await worker.terminate();
    },
  };
}

interface RunningThread {
  readonly worker: Worker;
  readonly failed: Promise<never>;
  /** From now on its end is no failure. */
  readonly expectEnd: () => void;
}

async function startEngine(
  { worker, failed, expectEnd }: RunningThread,
  what: EngineStart,
  onError: (message: string) => void,
): Promise<EngineThread> {
  const send = (request: EngineRequest) => worker.postMessage(request);
  const underWay = new CallsUnderWay((call) => send({ ask: 'call', call }));
  failed.catch((error) => underWay.end(error));
  const stopped = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  send({ ask: 'start', ...what, env: { ...what.env } });
  await Promise.race([
    failed,
    new Promise<void>((resolve, reject) => {
      worker.on('message', (reply: EngineReply) => {
        if (reply.tell === 'started') resolve();
        if (reply.tell === 'answer') underWay.settle(reply.answer);
        if (reply.tell === 'line') onError(reply.line);
        if (reply.tell === 'failed') {
          if (reply.isStart) reject(errorTold(reply.error));
          else onError(reply.error.message);
        }
      });
    }),
  ]);
  return {
    failed,
    observeLive: (records) => send({ ask: 'observe', records }),
    calls: underWay.calls,
    stop: async () => {
      expectEnd();
      send({ ask: 'stop' });
      const timer = setTimeout(() => void worker.terminate(), STOP_WITHIN);
      await stopped;
      clearTimeout(timer);
      underWay.end(new Error('The hub has stopped.'));
    },
  };
}
