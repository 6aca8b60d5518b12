import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { answersAt, startKept } from '../kept-process.ts';
import type { PythonEnvironment } from '../python.ts';
import { SERIES, type SeriesName } from './series.ts';

export interface RunningTrytond {
  /** Without a path. */
  readonly url: string;
  readonly port: number;
  /** Of the process that keeps it. */
  readonly pid: number;
  /** Kills it, with all that is under way. */
  end(): Promise<void>;
}

export interface RunOptions {
  /** Where its database lies. */
  readonly folder: string;
  readonly port?: number;
  readonly series: SeriesName;
}

const DATABASE_NAME = 'erp';
const VERSION = JSON.stringify({ id: 1, method: 'common.server.version', params: [] });

/** The configuration of a server whose database lies in `folder`. */
export function settingsIn(folder: string): string {
  return join(folder, 'trytond.conf');
}

/** Runs the server on a free port of 127.0.0.1, or on the given one. */
export async function runTrytond(environment: PythonEnvironment, options: RunOptions): Promise<RunningTrytond> {
  const { folder } = options;
  const port = options.port ?? (await freePort());
  const sections = {
    database: { uri: 'sqlite://', path: folder },
    web: { listen: `127.0.0.1:${port}` },
    // After the n-th wrong password the server lets up to 2^n seconds pass before it answers: by default 31.
    session: { max_attempt: '2' },
  };
  const text = Object.entries(sections).map(
    ([section, lines]) =>
      `[${section}]\n${Object.entries(lines)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join('')}`,
  );
  const file = settingsIn(folder);
  await writeFile(file, text.join(''));
  const url = `http://127.0.0.1:${port}`;
  const { pid, kill } = await startKept({
    title: 'Tryton',
    command: [...environment.script('trytond'), '-c', file, '-d', DATABASE_NAME],
    folder,
    ready: () =>
      answersAt(`${url}/${SERIES[options.series].below}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: VERSION,
      }),
  });
  return { url, port, pid, end: kill };
}
