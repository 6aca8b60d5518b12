import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { PREPARED_QUERIES } from '../../src/app/prepared-queries.ts';
import { ROOT } from '../support/build.ts';
import { freePort } from '../support/free-port.ts';
import { type HubProcess, hubAt, plainEnvironment } from '../support/hub-process.ts';
import { masked, quotedAnswer, readReadme } from '../support/readme.ts';
import { isAlive, type StartedProcess, startProcess } from '../support/started-process.ts';
import { until } from '../support/until.ts';

// Processes start and stop in these tests, and the machine may have other work.
jest.setTimeout(120_000);

const readme = readReadme();
const temporary = mkdtempSync(join(tmpdir(), 'isthmus-readme-'));
const clone = join(temporary, 'isthmus');
const started: StartedProcess[] = [];

/** A machine that has Node, npm and git, and an empty home; downloads are kept where they are kept anyway. */
function freshMachine(port: number): NodeJS.ProcessEnv {
  const cache = spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout.trim();
  const env = plainEnvironment();
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const own = Object.entries(env).filter(([name]) => !/^(npm_|INIT_CWD|NODE|ISTHMUS_)/i.test(name));
  return {
    ...Object.fromEntries(own),
    PATH: path.join(delimiter),
    HOME: join(temporary, 'home'),
    npm_config_cache: cache,
    npm_config_prefer_offline: 'true',
    PORT: String(port),
  };
}

function run(command: string, port: number, more: Readonly<Record<string, string>> = {}): StartedProcess {
  const child = startProcess('sh', ['-c', command], { cwd: clone, env: { ...freshMachine(port), ...more } });
  started.push(child);
  return child;
}

async function runDemo(command: string, port: number): Promise<HubProcess> {
  const child = run(command, port);
  await child.printed(/Isthmus is ready/, 240_000);
  return hubAt(`http://127.0.0.1:${port}`, child);
}

/** npm itself: the one child of the shell. */
const npmOf = (hub: StartedProcess) => hub.family()[1]!;

async function allGone(family: readonly number[]): Promise<void> {
  await until('every process to be gone', () => !family.some(isAlive), 5000);
}

/** Ended by words for a person: one line of ours, and no stack. */
async function refusal(child: StartedProcess): Promise<string> {
  expect((await child.ended).code).toBe(1);
  const lines = child.output().split('\n');
  expect(lines.filter((line) => line.startsWith('    at '))).toEqual([]);
  const ours = lines.filter((line) => line.startsWith('isthmus: '));
  expect(ours).toHaveLength(1);
  return ours[0]!;
}

async function firstIds(hub: HubProcess): Promise<readonly string[]> {
  const { customers } = await hub.ask('{ customers(first: 3, orderBy: [{ number: DESC }]) { edges { node { id } } } }');
  return customers.edges.map(({ node }: { node: { id: string } }) => node.id);
}

beforeAll(() => {
  mkdirSync(join(temporary, 'home'));
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of stdout.trim().split('\n')) {
    if (!existsSync(join(ROOT, file))) continue;
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(ROOT, file), join(clone, file));
  }
});

afterAll(async () => {
  for (const child of started) {
    const left = child.family().filter(isAlive);
    for (const pid of left) process.kill(pid, 'SIGKILL');
  }
  rmSync(temporary, { recursive: true, force: true });
});

test('the config it shows is the demo’s', () => {
  expect(readme.config).toBe(readFileSync(join(ROOT, 'isthmus.config.ts'), 'utf8'));
});

test('the main job runs exactly its test command', () => {
  expect(readme.commands[1]).toBe('npm ci && npm test');
  expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain(readme.commands[1]);
});

describe('its first command', () => {
  let port: number;
  let hub: HubProcess;
  let ids: readonly string[];

  beforeAll(async () => {
    port = await freePort();
    expect(readme.commands[0]).toBe('npm ci && npm start');
    hub = await runDemo(readme.commands[0]!, port);
    ids = await firstIds(hub);
  }, 300_000);

  test('starts a demo that becomes ready and says how far it is', async () => {
    expect((await fetch(`${hub.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${hub.url}/health/ready`)).status).toBe(200);
    expect(hub.output()).toMatch(/First snapshot: 17 of 17 streams, \d+ records/);
  });

  test('the query answers as quoted', async () => {
    const answer = await hub.answer(readme.query);
    expect(answer.errors).toBeUndefined();
    expect(masked(quotedAnswer(answer))).toEqual(masked(readme.answer));
    expect(answer.data.customers.edges).toHaveLength(5);
  });

  test('the prepared queries of the explorer answer, and its page needs no other host', async () => {
    const page = await fetch(`${hub.url}/graphql`, { headers: { accept: 'text/html' } });
    const html = await page.text();
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(PREPARED_QUERIES).toHaveLength(3);
    for (const { query, variables } of PREPARED_QUERIES) {
      const { data, errors } = await hub.answer(query, variables === undefined ? {} : JSON.parse(variables));
      expect(errors).toBeUndefined();
      expect(data).toBeTruthy();
    }
  });

  test('the commands that it prints to try work as printed', () => {
    const printed = hub.output().slice(hub.output().indexOf('Isthmus is ready'));
    const commands = [...printed.matchAll(/curl .*\\\n.*/g)].map(([command]) => command);
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const { stdout, status } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
      expect(status).toBe(0);
      const answer = JSON.parse(stdout);
      expect(answer.errors).toBeUndefined();
      expect(Object.values(answer.data)[0]).toBeTruthy();
    }
  });

  test('the address of a document gives its bytes, whole and in part', async () => {
    const { documents } = await hub.ask(
      '{ documents(first: 1, filter: { mimeType: { eq: "application/pdf" } }) { edges { node { contentUrl sizeInBytes } } } }',
    );
    const { contentUrl, sizeInBytes } = documents.edges[0].node;
    const whole = await fetch(contentUrl);
    expect(whole.headers.get('content-type')).toBe('application/pdf');
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(bytes).toHaveLength(sizeInBytes);
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    const part = await fetch(contentUrl, { headers: { range: 'bytes=5-9' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 5-9/${sizeInBytes}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(5, 10));
  });

  test('a hub of one’s own starts from the config file', async () => {
    const urlOf = (name: string) => new RegExp(`${name} .* (http://\\S+)`).exec(hub.output())![1]!;
    const env = {
      ERP_URL: urlOf('ERP'),
      ERP_USER: 'ISTHMUS',
      ERP_PASSWORD: 'welcome',
      CRM_URL: urlOf('CRM'),
      CRM_CLIENT_ID: 'isthmus-demo',
      CRM_CLIENT_SECRET: 'demo-secret',
      RECORDS_URL: `${urlOf('Records')}/cmis/browser`,
      RECORDS_USER: 'isthmus',
      RECORDS_PASSWORD: 'isthmus',
      ISTHMUS_DATA: join(temporary, 'own'),
    };
    const command = 'npx isthmus start --config isthmus.config.ts';
    expect(readFileSync(join(clone, 'README.md'), 'utf8')).toContain(`\`${command}\``);
    const own = run(command, 0, env);
    await own.printed(/The hub answers at \S+\/graphql/);
    const family = own.family();
    own.signalGroup('SIGINT');
    await own.ended;
    await allGone(family);
  });

  test('a taken port and a data folder in use are one clear line and status 1', async () => {
    const samePort = run('npm start', port, { ISTHMUS_DATA: join(temporary, 'other') });
    expect(await refusal(samePort)).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
    const sameFolder = run('npm start', await freePort());
    expect(await refusal(sameFolder)).toMatch(/Another hub \(process \d+\) already uses the data folder/);
    expect(await firstIds(hub)).toEqual(ids);
  });

  test('SIGTERM to npm ends all of it with status 0; what was read is kept; Ctrl-C does the same', async () => {
    const family = hub.family();
    expect(family.length).toBeGreaterThanOrEqual(6);
    process.kill(npmOf(hub), 'SIGTERM');
    expect((await hub.ended).code).toBe(0);
    await allGone(family);

    const again = await runDemo('npm start', port);
    expect(await firstIds(again)).toEqual(ids);
    const second = again.family();
    again.signalGroup('SIGINT');
    await again.ended;
    await allGone(second);
  });

  test('--fresh forgets what was read', async () => {
    expect(readFileSync(join(clone, 'README.md'), 'utf8')).toContain('`npm start -- --fresh`');
    const fresh = await runDemo('npm start -- --fresh', port);
    expect(await firstIds(fresh)).not.toEqual(ids);
    const family = fresh.family();
    process.kill(npmOf(fresh), 'SIGTERM');
    expect((await fresh.ended).code).toBe(0);
    await allGone(family);
  });
});

test('started on a Node that is too old, it says so in one line', () => {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const system = spawnSync('node', ['--version'], { env: { PATH: path.join(delimiter) }, encoding: 'utf8' });
  const major = Number(/^v(\d+)/.exec(system.stdout)?.[1] ?? 24);
  if (major >= 24) return;
  const command = join(clone, 'dist/src/cli/bin.js');
  const old = spawnSync('node', [command, 'demo'], { env: { PATH: path.join(delimiter) }, encoding: 'utf8' });
  expect(old.status).toBe(1);
  expect(old.stderr.trim().split('\n')).toHaveLength(1);
  expect(old.stderr).toMatch(/Isthmus needs Node 24 or newer/);
});
