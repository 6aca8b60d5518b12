import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { buildPackage, COMMAND, ROOT } from '../../support/build.ts';
import { plainEnvironment } from '../../support/hub-process.ts';
import { startProcess } from '../../support/started-process.ts';

// Inside the package, so that its names resolve; no test or build looks there.
const folder = mkdtempSync(join(ROOT, 'examples/connector/scaffold-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(command: string, ...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = startProcess(command, args, { cwd: ROOT, env: plainEnvironment() });
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
      expect(made).toMatchObject({ code: 0, output: expect.stringContaining(`npm test -- ${id}`) });
      const home = join(folder, id);
      const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path));
      expect(files).toEqual(
        expect.arrayContaining(['manifest.ts', 'README.md', 'sandbox/start.ts', 'mapping/customer.ts']),
      );
      for (const file of files) expect(readFileSync(join(home, file), 'utf8')).not.toMatch(/tally/i);
      expect(await run(program('biome'), 'check', home)).toMatchObject({ code: 0 });
      const project = join(home, 'tsconfig.json');
      writeFileSync(project, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), include: ['.'] }));
      expect(await run(program('tsc'), '--noEmit', '--rootDir', ROOT, '-p', project)).toEqual({ code: 0, output: '' });
      const jest = ['--experimental-vm-modules', join(ROOT, 'node_modules/jest/bin/jest.js'), `${folder}/${id}/`];
      const tested = await run(process.execPath, ...jest);
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
    expect(await isthmus('connector', 'new', 'tally', '--folder', join(ROOT, 'examples/connector'))).toMatchObject({
      code: 1,
      output: expect.stringContaining('is there already'),
    });
    expect(existsSync(join(ROOT, 'examples/connector/tally/manifest.ts'))).toBe(true);
  });
});
