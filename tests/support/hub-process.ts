import { COMMAND } from './build.ts';
import { type StartedProcess, startProcess } from './started-process.ts';
import { until } from './until.ts';

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its query, which only the test knows
export type Data = any;

export interface Answer {
  readonly data: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Data }[];
  readonly extensions?: { readonly isthmus?: Data };
}

/** A hub in a process of its own, from the built package. */
export interface HubProcess extends StartedProcess {
  readonly url: string;
  /** Resolves when the first snapshot is complete. */
  ready(): Promise<void>;
  /** The whole answer, errors included. */
  answer(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** The data of an answer that must have no errors. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  /** SIGTERM; fails when it does not end with status 0. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface HubProcessOptions {
  readonly config: string;
  /** The data folder. */
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What tests hand to children: nothing of jest, and nothing that would make Node resolve sources. */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NODE_ENV: _environment, NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, ...rest } = process.env;
  return { ...rest, ...more };
}

export function spawnHub({ config, data, env }: HubProcessOptions): StartedProcess {
  return startProcess(process.execPath, [COMMAND, 'start', '--config', config], {
    env: plainEnvironment({ PORT: '0', ...env, ISTHMUS_DATA: data }),
  });
}

/** Resolves when the hub listens, before its first snapshot is complete. */
export async function startHubProcess(options: HubProcessOptions): Promise<HubProcess> {
  const child = spawnHub(options);
  const [, url = ''] = await child.printed(/The hub answers at (\S+)\/graphql/).catch((error) => {
    if (child.pid) child.signal('SIGKILL');
    throw error;
  });
  return hubAt(url, child);
}

export function hubAt(url: string, child: StartedProcess): HubProcess {
  const answer = async (query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Answer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };
  return {
    ...child,
    url,
    answer,
    ask: async (query, variables) => {
      const { data, errors } = await answer(query, variables);
      if (errors) throw new Error(`The graph answered with errors: ${JSON.stringify(errors)}`);
      return data;
    },
    ready: async () => {
      await until('the hub to be ready', async () => (await fetch(`${url}/health/ready`)).ok, 120_000).catch(
        (error) => {
          throw new Error(`${error.message}; it printed:\n${child.output()}`, { cause: error });
        },
      );
    },
    stop: async () => {
      child.signal('SIGTERM');
      const { code, signal } = await child.ended;
      if (code !== 0) throw new Error(`The hub ended with ${code ?? signal}; it printed:\n${child.output()}`);
    },
    kill: async () => {
      child.signal('SIGKILL');
      await child.ended;
    },
  };
}
