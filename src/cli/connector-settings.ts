import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageFolder } from '#model';

/** What a connector's config says of a field, as far as it is printed. */
interface Field {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Field[];
  readonly const?: unknown;
}

const OPENING = `# Settings of the connectors

Printed from the config of each connector by \`npm run generate\`. What every connection takes besides, whatever its connector, stands in
[configuration](configuration.md#connections); rights and limits are in each connector's README.
`;

/** Every setting of every connector that the package brings: `docs/connector-settings.md`. */
export async function printConnectorSettings(): Promise<string> {
  const folder = join(packageFolder(), 'connectors');
  const names = readdirSync(folder).toSorted();
  const tables = names.filter((name) => existsSync(join(folder, name, 'config.ts'))).map((name) => table(folder, name));
  return `${[OPENING, ...(await Promise.all(tables))].join('\n')}`;
}

async function table(folder: string, name: string): Promise<string> {
  const { config } = (await import(join(folder, name, 'config.ts'))) as { readonly config: z.ZodType };
  const { manifest } = (await import(join(folder, name, 'manifest.ts'))) as { readonly manifest: { title: string } };
  const whole = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as Field;
  const head = `## [${manifest.title}](../connectors/${name}/README.md)\n\n| Field | Meaning | Default |\n| --- | --- | --- |`;
  return `${head}\n${rows(whole, '').join('\n')}\n`;
}

function rows({ properties = {}, required = [] }: Field, within: string, when = ''): readonly string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${within}${name}`;
    if (!field.description) throw new Error(`The setting ${path} is not described: say what it means.`);
    const meaning = field.description.replace(/ Default .*$/, '').replaceAll('|', '\\|');
    const initially = required.includes(name) ? 'required' : defaultOf(field);
    const inside = field.oneOf ? kindRows(field.oneOf, `${path}.`) : rows(field, `${path}.`);
    return [`| \`${path}\` | ${when}${meaning} | ${initially} |`, ...inside];
  });
}

function defaultOf({ default: value }: Field): string {
  if (value === undefined) return 'none';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** Of settings of several kinds: what the field that tells the kind may be, and the others, those of one kind marked. */
function kindRows(kinds: readonly Field[], within: string): readonly string[] {
  const told = new Set<string>();
  return kinds.flatMap(({ properties = {}, required }) => {
    const [tag, kind] = Object.entries(properties).find(([, field]) => field.const !== undefined) ?? [];
    return Object.entries(properties).flatMap(([name, field]) => {
      if (name === tag || told.has(name)) return [];
      told.add(name);
      const isShared = kinds.every((each) => each.properties?.[name] !== undefined);
      const when = isShared || kind === undefined ? '' : `With \`${tag}: '${kind.const}'\`: `;
      return rows({ properties: { [name]: field }, ...(required && { required }) }, within, when);
    });
  });
}
