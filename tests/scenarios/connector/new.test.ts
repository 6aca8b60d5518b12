import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { buildPackage, COMMAND, ROOT } from '../../support/build.ts';
import { plainEnvironment } from '../../support/hub-process.ts';
import { startProcess } from '../../support/started-process.ts';
import { copyOfProject } from './copy-of-project.ts';

const project = copyOfProject('scaffold');
const folder = join(project, 'connectors');
afterAll(() => rmSync(project, { recursive: true, force: true }));

async function run(command: string, ...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = startProcess(command, args, { cwd: project, env: plainEnvironment() });
  const { code } = await child.ended;
  return { code, output: child.output() };
}

const isthmus = (...args: readonly string[]) => run(process.execPath, COMMAND, ...args);
const program = (name: string) => join(ROOT, 'node_modules/.bin', name);

describe('isthmus connector new', () => {
  test.each(['crm', 'acme-customer-relations-and-invoicing-suite-2'])(
    '%s: passes format, lint, types and its own tests at once',
    async (id) => {
      await buildPackage();
      const made = await isthmus('connector', 'new', id, '--folder', folder);
      expect(made).toMatchObject({ code: 0, output: expect.stringContaining(`npm test -- connectors/${id}/`) });
      const home = join(folder, id);
      const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path));
      expect(files).toEqual(
        expect.arrayContaining(['manifest.ts', 'README.md', 'sandbox/start.ts', 'mapping/customer.ts']),
      );
      for (const file of files) expect(readFileSync(join(home, file), 'utf8')).not.toMatch(/tally/i);
      expect(await run(program('biome'), 'check', home)).toMatchObject({ code: 0 });
      const types = join(home, 'tsconfig.json');
      const include = ['.', join(project, 'src/**/*.d.ts')];
      writeFileSync(types, JSON.stringify({ extends: join(project, 'tsconfig.json'), include }));
      expect(await run(program('tsc'), '--noEmit', '--rootDir', project, '-p', types)).toEqual({ code: 0, output: '' });
      const tested = await run('npm', 'test', '--', `connectors/${id}/`);
      expect(tested).toMatchObject({ code: 0, output: expect.stringMatching(/Tests: +\d\d passed, 0 failed/) });
    },
    300_000,
  );

  test.each(['Acme', 'a--b', '../x', ''])('refuses the name "%s"', async (id) => {
    expect(await isthmus('connector', 'new', id, '--folder', folder)).toMatchObject({
      code: 1,
      output: expect.stringContaining('is no name for a connector'),
    });
  });

  test('never writes into a folder that is there', async () => {
    expect(await isthmus('connector', 'new', 'tally', '--folder', join(project, 'examples/connector'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('is there already'),
    });
    expect(existsSync(join(project, 'examples/connector/tally/manifest.ts'))).toBe(true);
  });
});
