/**
 * Runs a Dockerfile's steps in plain folders: what an image build would do, without an engine. Knows the instructions
 * that ours has, and refuses others. Base images and owners are the machine's own.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export interface BuiltImage {
  /** Where the last stage's WORKDIR is. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

interface Stage {
  readonly root: string;
  folder: string;
  env: Record<string, string>;
  command: readonly string[];
}

/** `context` is copied from, stages grow under `target`; commands run with `env` and those of the stage. */
export function buildImage(dockerfile: string, context: string, target: string, env: NodeJS.ProcessEnv): BuiltImage {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const [instruction, rest] of instructionsOf(dockerfile)) {
    if (instruction === 'FROM') {
      const name = /\sAS\s+(\S+)$/i.exec(rest)?.[1] ?? String(stages.size);
      const root = join(target, name);
      stage = { root, folder: root, env: {}, command: [] };
      stages.set(name, stage);
      continue;
    }
    if (!stage) throw new Error(`${instruction} stands before FROM.`);
    if (instruction === 'WORKDIR') {
      stage.folder = join(stage.root, rest);
      mkdirSync(stage.folder, { recursive: true });
    } else if (instruction === 'COPY') copy(stage, rest, context, stages);
    else if (instruction === 'RUN') run(stage, rest, env);
    else if (instruction === 'ENV') Object.assign(stage.env, Object.fromEntries([rest.split('=')]));
    else if (instruction === 'CMD') stage.command = JSON.parse(rest);
    else if (instruction !== 'USER') throw new Error(`The instruction ${instruction} is not known here.`);
  }
  if (!stage) throw new Error('The Dockerfile has no FROM.');
  return stage;
}

function instructionsOf(dockerfile: string): readonly (readonly [name: string, rest: string])[] {
  return dockerfile
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return [name, rest.trim()];
    });
}

function copy(stage: Stage, rest: string, context: string, stages: ReadonlyMap<string, Stage>): void {
  const words = rest.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const other = from === undefined ? undefined : stages.get(from);
  if (from !== undefined && !other) throw new Error(`COPY names the stage ${from}, which is not there.`);
  const paths = words.filter((word) => !word.startsWith('--'));
  const to = join(stage.folder, paths.pop()!);
  for (const path of paths) {
    const source = other ? join(other.root, path) : resolve(context, path);
    const isFolder = statSync(source).isDirectory();
    cpSync(source, isFolder ? to : join(to, basename(path)), { recursive: true, verbatimSymlinks: true });
  }
}

function run(stage: Stage, command: string, env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: stage.folder,
    env: { ...env, ...stage.env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`RUN ${command} ended with ${status}:\n${stdout}${stderr}`);
}
