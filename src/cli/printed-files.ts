import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedGraph } from '#graph';
import { generateEntityTypes, loadCanonicalModel, packageFolder } from '#model';
import { printConnectorList } from './connector-list.ts';
import { eventFiles } from './event-files.ts';

export interface PrintedFile {
  /** From the package's folder. */
  readonly file: string;
  readonly print: () => string | Promise<string>;
}

/** Every file that is printed from the code and checked in; a test compares them. In order: the first are needed most. */
export const PRINTED_FILES: readonly PrintedFile[] = [
  { file: 'src/model/generated/entities.ts', print: () => generateEntityTypes(loadCanonicalModel()) },
  { file: 'schema/published/graph.graphql', print: () => publishedGraph(loadCanonicalModel()) },
  { file: 'schema/published/connectors.json', print: printConnectorList },
  ...eventFiles(loadCanonicalModel(), packageVersion()),
];

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return version;
}
