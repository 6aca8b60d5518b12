/** What `npm run generate` prints of events: a JSON Schema per type, and the AsyncAPI document over them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  asyncApiDocument,
  EVENT_VERSIONS,
  type EventSchema,
  eventSchemas,
  type JsonSchema,
  SHARED_SCHEMAS,
  schemaFile,
} from '#events';
import { loadCanonicalModel, type Model, packageFolder } from '#model';
import type { PrintedFile } from './printed-files.ts';
import { lastReleased, readReleases } from './releases.ts';

/** What was released, a folder for each version. */
export const HISTORY = join(packageFolder(), 'schema', 'published', 'history');

export function eventFiles(): readonly PrintedFile[] {
  const model = loadCanonicalModel();
  const schemas = publishedEvents(model);
  return [
    ...schemas.map(({ type, schema }) => schemaOf(type, schema)),
    ...Object.entries(SHARED_SCHEMAS).map(([name, schema]) => schemaOf(name, schema)),
    { file: 'schema/published/asyncapi.json', print: () => json(asyncApiDocument(model, schemas, packageVersion())) },
  ];
}

/** Versions that the model has moved on from are as they were released. */
export function publishedEvents(model: Model): readonly EventSchema[] {
  const releases = readReleases(HISTORY);
  return eventSchemas(model, EVENT_VERSIONS, (type) => lastReleased(releases, type));
}

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  return version;
}

function schemaOf(name: string, schema: JsonSchema): PrintedFile {
  return { file: `schema/published/events/${schemaFile(name)}`, print: () => json(schema) };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
