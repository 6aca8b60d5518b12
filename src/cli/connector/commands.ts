/** `isthmus connector …`: for those who write a connector, or connect a system for the first time. */
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';

interface ConfigOption {
  readonly config: string;
}

export function addConnectorCommands(program: Command): void {
  const connector = program.command('connector').description('write a connector, or look at a connected system');
  connector
    .command('new')
    .description('write the folder of a new connector that passes all checks, to start from')
    .argument('<id>', 'its name, such as "acme-crm"')
    .option('--folder <folder>', 'where its folder goes', 'connectors')
    .action(async (id: string, { folder }: { folder: string }) => {
      const { newConnector } = await import('./new.ts');
      const made = newConnector(id, resolve(folder));
      const where = relative(process.cwd(), made);
      console.log(`${where} is written. Its tests pass as it stands: npm test -- ${where}/`);
      console.log('What to change, step by step: docs/connector.md');
    });
  connector
    .command('check')
    .description('ask systems whether the hub can work with them')
    .argument('[connection]', 'its name in the config; all of them when absent')
    .option('-c, --config <file>', 'the config file', 'isthmus.config.ts')
    .action(async (name: string | undefined, { config }: ConfigOption) => {
      const [{ withConnections }, { checkInWords }] = await Promise.all([import('#app'), import('./check.ts')]);
      const isWell = await withConnections(resolve(config), name, async ({ connections }) => {
        const results = await Promise.all(
          connections.map(async (connection) => ({ connection, result: await connection.check() })),
        );
        for (const { connection, result } of results) {
          console.log(checkInWords(connection.name, connection.manifest.title, result));
        }
        return results.every(({ result }) => result.status === 'ok');
      });
      process.exitCode = isWell ? 0 : 1;
    });
  connector
    .command('discover')
    .description("print a system's own types and fields, and the draft of a mapping")
    .argument('<connection>', 'its name in the config')
    .option('-c, --config <file>', 'the config file', 'isthmus.config.ts')
    .option('--type <name>', 'one type only')
    .action(async (name: string, { config, type }: ConfigOption & { type?: string }) => {
      const [{ withConnections }, { discoveryInWords }] = await Promise.all([import('#app'), import('./discover.ts')]);
      await withConnections(resolve(config), name, async ({ model, connections: [connection] }) => {
        console.log(discoveryInWords(await connection!.discover(), connection!.manifest, model, type));
      });
    });
}
