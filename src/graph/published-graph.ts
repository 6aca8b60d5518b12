import { printSchema } from 'graphql';
import type { Model } from '#model';
import { buildSchema } from './schema.ts';

/** The business graph of a model as SDL, as it is checked in under `schema/published`. */
export function publishedGraph(model: Model): string {
  return `# Printed from schema/canonical; do not edit. \`npm run generate\` prints it anew.\n\n${printSchema(buildSchema(model))}\n`;
}
