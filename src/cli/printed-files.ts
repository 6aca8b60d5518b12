import { generateEntityTypes, loadCanonicalModel } from '#model';
import { printConnectorList } from './connector-list.ts';

export interface PrintedFile {
  /** From the package's folder. */
  readonly file: string;
  readonly text: string;
}

/** Every file that is printed from the code and checked in; a test compares them. */
export async function printedFiles(): Promise<readonly PrintedFile[]> {
  return [
    { file: 'src/model/generated/entities.ts', text: generateEntityTypes(loadCanonicalModel()) },
    { file: 'schema/published/connectors.json', text: await printConnectorList() },
  ];
}
