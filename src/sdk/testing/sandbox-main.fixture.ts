import { runSandboxProcess, spawnSandboxProcess, startSandboxServer } from './index.ts';

interface Options {
  readonly greeting?: string;
  readonly fail?: string;
  readonly withChild?: boolean;
}

await runSandboxProcess(async (options: Options) => {
  if (options.fail !== undefined) throw new Error(options.fail);
  const child = options.withChild
    ? await spawnSandboxProcess(new URL(import.meta.url), { greeting: 'child' })
    : undefined;
  const server = await startSandboxServer({
    name: 'fixture',
    handler: () => ({ body: { greeting: options.greeting } }),
    onStop: () => child?.stop(),
  });
  return Object.assign(server, { ready: { greeting: options.greeting, child: child && { url: child.url } } });
});
