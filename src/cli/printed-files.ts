import { publishedGraph } from '#graph';
import { generateEntityTypes, loadCanonicalModel } from '#model';
import { printConnectorList } from './connector-list.ts';
import { printConnectorSettings } from './connector-settings.ts';
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
  { file: 'docs/connector-settings.md', print: printConnectorSettings },
  ...eventFiles(),
];
