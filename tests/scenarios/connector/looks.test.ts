import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SapS4Sandbox, startSapS4 } from '../../../connectors/sap-s4/sandbox/start.ts';
import { startTally, type TallySandbox } from '../../../examples/connector/tally/sandbox/start.ts';
import { buildPackage, COMMAND, ROOT } from '../../support/build.ts';
import { plainEnvironment } from '../../support/hub-process.ts';
import { startProcess } from '../../support/started-process.ts';
import { copyOfProject } from './copy-of-project.ts';

let erp: SapS4Sandbox;
let desk: TallySandbox;
const project = copyOfProject('looks');
const config = join(project, 'looks.config.ts');

beforeAll(async () => {
  await buildPackage();
  symlinkSync(join(ROOT, 'dist'), join(project, 'dist'));
  [erp, desk] = await Promise.all([startSapS4(), startTally()]);
  writeFileSync(
    config,
    `import { defineHub, secret } from 'isthmus/sdk';
import { sapS4 } from 'isthmus/connectors/sap-s4';
import { tally } from './examples/connector/tally/index.ts';
export default defineHub({ connections: {
  erp: sapS4({ baseUrl: process.env.ERP_URL ?? '', username: 'ISTHMUS', password: secret('ERP_PASSWORD') }),
  desk: tally({ url: '${desk.url}', apiKey: secret('DESK_KEY') }),
} });\n`,
  );
});
afterAll(async () => {
  await Promise.all([erp.stop(), desk.stop()]);
  rmSync(project, { recursive: true, force: true });
});

async function connector(args: readonly string[], env: Readonly<Record<string, string>> = {}, file = config) {
  const { username: _, password } = erp.credentials;
  const settings = { ERP_URL: erp.url, ERP_PASSWORD: password, DESK_KEY: desk.apiKey, ...env };
  const child = startProcess(process.execPath, [COMMAND, 'connector', ...args, '--config', file], {
    cwd: tmpdir(),
    env: plainEnvironment(settings),
  });
  return { code: (await child.ended).code, output: child.output() };
}

describe('isthmus connector check', () => {
  test('says of each connection that all is well', async () => {
    const { code, output } = await connector(['check']);
    expect(output).toContain('erp (SAP S/4HANA (OData V2)): all is well');
    expect(output).toContain('desk (Tally): all is well\n  Tally 3');
    expect(code).toBe(0);
  });

  test('says what is wrong with a login, and what to do, without the secret', async () => {
    const { code, output } = await connector(['check', 'erp'], { ERP_PASSWORD: 'wrong-and-secret' });
    expect(output).toMatch(/erp .*it does not work\n {2}The system does not know this login/);
    expect(output).toContain('What to do:');
    expect(output).not.toContain('wrong-and-secret');
    expect(code).toBe(1);
  });

  test('says that nobody answers', async () => {
    const { code, output } = await connector(['check', 'erp'], { ERP_URL: 'http://127.0.0.1:9' });
    expect(output).toContain('Nobody answers at this address');
    expect(code).toBe(1);
  });

  test('names a connection that the config does not have, and those that it has', async () => {
    const { code, output } = await connector(['check', 'crm']);
    expect(output).toBe(
      `isthmus: ${config} has no connection "crm"; it has "erp", "desk". Another config is named by --config.\n`,
    );
    expect(code).toBe(1);
  });

  test('needs the secrets of no other connection than the named one', async () => {
    expect(await connector(['check', 'desk'], { ERP_PASSWORD: '' })).toMatchObject({ code: 0 });
    const { output } = await connector(['check'], { ERP_PASSWORD: '' });
    expect(output).toContain('ERP_PASSWORD');
  });
});

describe('a config that cannot be loaded is a line', () => {
  test.each([
    ['export default {\n  a: 1\n  b: 2\n};', /own\.config\.ts:3 cannot be read: Expected ','/],
    ["import { gone } from 'node:fs';\nexport default gone;", /own\.config\.ts:1 cannot be read: .*'gone'/],
    ["export { own as default } from 'isthmus/connectors/own';", /connectors\/own is not built\. .*npm run build/],
    ["export { own as default } from './own.ts';", /own\.config\.ts cannot be loaded: Cannot find module .*own\.ts/],
  ])('%s', async (text, told) => {
    const file = join(project, 'own.config.ts');
    writeFileSync(file, text);
    const { code, output } = await connector(['check'], {}, file);
    expect([code, output.trim().split('\n').length]).toEqual([1, 1]);
    expect(output).toMatch(told);
  });
});

describe('isthmus connector discover', () => {
  test('prints types with their fields, and a mapping that compiles', async () => {
    const { code, output } = await connector(['discover', 'erp', '--type', 'A_SalesOrder']);
    expect(code).toBe(0);
    expect(output).toContain('A_SalesOrder: read by the stream salesOrder');
    expect(output).toMatch(/PurchaseOrderByCustomer +String, /);
    const draft = output.slice(output.indexOf('// Draft'));
    expect(draft).toContain('export function toSalesOrder(');
    writeFileSync(join(project, 'draft.ts'), draft);
    const types = { extends: './tsconfig.json', files: ['draft.ts'], include: ['src/**/*.d.ts'] };
    writeFileSync(join(project, 'tsconfig.draft.json'), JSON.stringify(types));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const child = startProcess(tsc, ['--noEmit', '-p', 'tsconfig.draft.json'], { cwd: project });
    expect([(await child.ended).code, child.output()]).toEqual([0, '']);
  });

  test('fills in what has the same meaning under another name', async () => {
    const { output } = await connector(['discover', 'desk']);
    expect(output).toContain('customer: read by the stream customer');
    expect(output).toContain('isBlocked: source.blocked,');
    expect(output).toContain('createdAt: new Date(source.created).toISOString(),');
    expect(output).toContain('changedAt: new Date(source.updated).toISOString(),');
    expect(output).toMatch(/Nothing of this name: .*creditLimit \(Money\)/s);
    expect(output).toContain('// Not used: limit');
  });

  test('names the types that there are', async () => {
    const { code, output } = await connector(['discover', 'desk', '--type', 'nothing']);
    expect([code, output]).toEqual([1, expect.stringContaining('it has customer')]);
  });
});
