/** The command line. Each command is a few lines over the composition root. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { startDemo, startHub } from '#app';
import { isIsthmusError } from '#sdk';
import { addConnectorCommands } from './connector/commands.ts';
import { showProgress } from './progress.ts';
import { runUntilSignalled } from './run-until-signalled.ts';
import { addTopicsCommands } from './topics.ts';
import { whatToTry } from './what-to-try.ts';

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('isthmus')
    .description('One GraphQL graph over the systems of an enterprise.')
    .showHelpAfterError()
    .helpCommand(false);
  program
    .command('start')
    .description('start the hub that a config file describes')
    .option('-c, --config <file>', 'the config file', 'isthmus.config.ts')
    .action(async (options: { config: string }) => start(resolve(options.config)));
  program
    .command('demo')
    .description('start the demo enterprise (an ERP, a CRM and a records system) and a hub over it')
    .option('-c, --config <file>', 'a config file of your own over the demo enterprise')
    .option('--fresh', 'forget what earlier starts left in the data folder')
    .option('--scale <n>', 'size of the enterprise: 1 is 200 customers', wholeNumber(1, 500), 1)
    .option('--seed <n>', 'another seed is another enterprise', wholeNumber(0, 4_294_967_295), 1)
    .action(demo);
  program
    .command('generate')
    .description('print the TypeScript types of own model files, for mappings and the config')
    .argument('<files...>', 'the SDL files that the config names')
    .option('-o, --out <file>', 'the file to write', 'isthmus-model.ts')
    .action(async (files: string[], options: { out: string }) => {
      const { augmentTypes } = await import('./augment-types.ts');
      augmentTypes(files, options.out);
    });
  addConnectorCommands(program);
  addTopicsCommands(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    console.error(isIsthmusError(error) ? `isthmus: ${error.message}` : error);
    process.exit(1);
  }
}

interface DemoArguments {
  readonly config?: string;
  readonly fresh?: true;
  readonly scale: number;
  readonly seed: number;
}

async function start(configFile: string): Promise<void> {
  await runUntilSignalled(async (signal) => {
    const progress = showProgress(process.stdout);
    const hub = await startHub({ configFile, onProgress: progress.update, signal });
    console.log(`The hub answers at ${hub.url}/graphql`);
    void hub.ready.then(progress.done);
    return hub;
  });
}

async function demo({ config, ...options }: DemoArguments): Promise<void> {
  await runUntilSignalled(async (signal) => {
    const progress = showProgress(process.stdout);
    const hub = await startDemo({
      ...options,
      ...(config !== undefined && { configFile: resolve(config) }),
      fresh: options.fresh === true,
      onProgress: progress.update,
      say: (line) => console.log(line),
      signal,
    });
    void hub.ready.then(() => {
      progress.done();
      console.log(whatToTry(hub.url));
    });
    return hub;
  });
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
