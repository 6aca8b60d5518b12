import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { missingForOpenCmis } from './distribution.ts';

const missing = missingForOpenCmis();
const mustRun = process.env.ISTHMUS_REQUIRE_SYSTEMS === '1';
if (missing !== undefined && !mustRun) process.stdout.write(`SKIPPED opencmis server: ${missing}\n`);

test('what this machine lacks is told in words, or nothing is lacking', () => {
  if (mustRun) expect(missing).toBeUndefined();
  else expect([undefined, 'string']).toContain(missing === undefined ? undefined : typeof missing);
});

const isListening = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

if (missing === undefined) {
  test('OpenCMIS ends with the process that started it, even one that is killed', async () => {
    const server = JSON.stringify(fileURLToPath(new URL('./server.ts', import.meta.url)));
    const script = `const { startOpenCmis } = await import(${server}); console.log(JSON.stringify(await startOpenCmis()));
      setInterval(() => {}, 1000);`;
    const flags = ['--disable-warning=ExperimentalWarning', '--conditions=isthmus-source', '--input-type=module'];
    const parent = spawn(process.execPath, [...flags, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    expect(await isListening(url)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline && (await isListening(url))) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await isListening(url)).toBe(false);
  }, 180_000);
}
