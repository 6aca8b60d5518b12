/** What `npm run generate` prints of events: a JSON Schema per type, and the AsyncAPI document over them. */
import { asyncApiDocument, eventSchemas, schemaFile } from '#events';
import type { Model } from '#model';
import type { PrintedFile } from './printed-files.ts';

export function eventFiles(model: Model, version: string): readonly PrintedFile[] {
  return [
    ...eventSchemas(model).map(({ type, schema }) => ({
      file: `schema/published/events/${schemaFile(type)}`,
      print: () => json(schema),
    })),
    { file: 'schema/published/asyncapi.json', print: () => json(asyncApiDocument(model, version)) },
  ];
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
