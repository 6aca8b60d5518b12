import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '#model';
import type { Manifest, StreamManifest } from '#sdk';

/** The connectors that the package brings, with what each stream can do, as JSON: `schema/published/connectors.json`. */
export async function printConnectorList(): Promise<string> {
  const folder = join(packageFolder(), 'connectors');
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const doors = names.map((name) => join(folder, name, 'index.ts')).filter((door) => existsSync(door));
  const manifests = await Promise.all(doors.map(manifestsOf));
  return `${JSON.stringify(manifests.flat().map(describe), null, 2)}\n`;
}

async function manifestsOf(door: string): Promise<readonly Manifest[]> {
  const exported: unknown[] = Object.values(await import(door));
  return exported.filter(isConnector).map(({ manifest }) => manifest);
}

function isConnector(value: unknown): value is { readonly manifest: Manifest } {
  return typeof value === 'function' && 'manifest' in value;
}

function describe({ id, title, category, versions, maturity, discover, webhook, limits, streams }: Manifest) {
  const described = Object.entries(streams).map(([name, stream]) => [name, describeStream(stream)] as const);
  const abilities = { discover: discover === true, webhook: webhook === true };
  const whole = { id, title, category, versions, maturity, ...abilities, limits };
  return { ...whole, streams: Object.fromEntries(described) };
}

function describeStream({ title, entities, parent, version, ...abilities }: StreamManifest) {
  return { title, entities, ...(parent ? { parent } : {}), version, abilities };
}
