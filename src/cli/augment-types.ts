import { readFileSync, writeFileSync } from 'node:fs';
import { generateAugmentation, loadCanonicalModel, ModelError } from '#model';
import { ConfigError } from '#sdk';

/** `isthmus generate`: an enterprise's own SDL files to the TypeScript types by which mappings and configs know them. */
export function augmentTypes(modelFiles: readonly string[], out: string): void {
  const own = modelFiles.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  try {
    writeFileSync(out, generateAugmentation(loadCanonicalModel(own), loadCanonicalModel()));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ConfigError(error.message, { cause: error, details: { field: 'model' } });
  }
}
