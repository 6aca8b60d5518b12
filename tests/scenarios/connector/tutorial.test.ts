import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROOT } from '../../support/build.ts';
import { freePort } from '../../support/free-port.ts';
import { hubAt, plainEnvironment } from '../../support/hub-process.ts';
import { isAlive, type StartedProcess, startProcess } from '../../support/started-process.ts';
import { until } from '../../support/until.ts';
import { copyOfProject } from './copy-of-project.ts';

interface Step {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

const tutorial = readFileSync(join(ROOT, 'docs/connector.md'), 'utf8');
const steps: readonly Step[] = [...tutorial.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
  language: match[1]!,
  text: match[2]!,
  line: tutorial.slice(0, match.index).split('\n').length,
}));

const clone = copyOfProject('tutorial', (file) => file.startsWith('connectors/desk'));
const started: StartedProcess[] = [];
let deskPort = 0;
let hubPort = 0;

beforeAll(async () => {
  [deskPort, hubPort] = await Promise.all([freePort(), freePort()]);
});

afterAll(() => {
  for (const child of started) {
    for (const pid of child.family().filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
  rmSync(clone, { recursive: true, force: true });
});

/** On ports of this run; everything else as it is written. */
const onOurPorts = (text: string) => text.replaceAll(':4600', `:${deskPort}`).replaceAll(':4000', `:${hubPort}`);

function shell(command: string): StartedProcess {
  const env = plainEnvironment({ DESK_PORT: String(deskPort), PORT: String(hubPort) });
  const child = startProcess('sh', ['-ec', onOurPorts(command)], { cwd: clone, env });
  started.push(child);
  return child;
}

let printed = '';
let question = '';

const ACTIONS: Readonly<Record<string, (text: string) => Promise<void>>> = {
  async bash(text) {
    const child = shell(text);
    if (text.startsWith('# terminal')) {
      await child.printed(/answers at/, 120_000);
      return;
    }
    const { code } = await child.ended;
    // What npm says of the machine's own settings is not the tutorial's.
    printed = child.output().replaceAll(/^npm warn .*\n/gm, '');
    if (code !== 0) throw new Error(`It ended with ${code}:\n${printed}`);
  },
  async text(text) {
    expect(printed.trimEnd()).toBe(text.trimEnd());
  },
  async ts(text) {
    const file = /^\/\/ (\S+)\n/.exec(text)?.[1];
    if (file === undefined) throw new Error('Code of the tutorial begins with the name of its file.');
    writeFileSync(join(clone, file), onOurPorts(text.slice(text.indexOf('\n') + 1)));
  },
  async graphql(text) {
    question = text;
  },
  async json(text) {
    const hub = hubAt(`http://127.0.0.1:${hubPort}`, started.at(-1)!);
    const expected = JSON.parse(text);
    await until(
      'the answer of the tutorial',
      async () => JSON.stringify(await hub.answer(question)).includes(JSON.stringify(expected.data)),
      30_000,
    ).catch(async () => expect(await hub.answer(question)).toMatchObject(expected));
  },
};

test('every step of the tutorial does what it says', async () => {
  expect(steps.length).toBeGreaterThan(15);
  for (const { language, text, line } of steps) {
    const act = ACTIONS[language];
    if (act === undefined)
      throw new Error(`docs/connector.md, line ${line}: nobody knows what to do with ${language}.`);
    await act(text).catch((error) => {
      throw new Error(`docs/connector.md, line ${line}: ${error.message}`, { cause: error });
    });
  }
}, 600_000);
