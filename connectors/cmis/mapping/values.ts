import type { SourceRef } from 'isthmus/model';
import type { Row } from '../client.ts';
import type { Config } from '../config.ts';

/** Properties of several values and of other types are no text. Undefined where the property was not read. */
export function text(value: unknown): string | null | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** The binding's milliseconds as an instant. */
export function instant(value: unknown): string | null | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'number' ? new Date(value).toISOString() : null;
}

/** What a property says about another system's record; numbers may be kept as integers. */
export function reference(
  row: Row,
  property: string | undefined,
  target: { readonly connection: string; readonly stream: string } | undefined,
): SourceRef | null | undefined {
  if (property === undefined || target === undefined) return null;
  const value = row[property];
  if (value === undefined) return undefined;
  const key = typeof value === 'number' ? String(value) : text(value)?.trim();
  return key === undefined ? null : { connection: target.connection, stream: target.stream, key };
}

export function folderProperty({ customerProperty }: Config): string | undefined {
  return customerProperty?.folderProperty ?? customerProperty?.property;
}

/** The customer that a folder is kept for: by its property, else by its path. */
export function customerOfFolder(folder: Row, config: Config): SourceRef | null | undefined {
  const { customerProperty, customerFolder } = config;
  const named = reference(folder, folderProperty(config), customerProperty);
  if (named || customerFolder === undefined) return named;
  const path = text(folder['cmis:path']);
  if (path === undefined) return undefined;
  const key = new RegExp(customerFolder.pattern).exec(path ?? '')?.[1];
  return key === undefined ? null : { connection: customerFolder.connection, stream: customerFolder.stream, key };
}

/** Query names of the properties behind these canonical fields, after those that are always read. */
export function columnsOf(
  always: readonly string[],
  columns: Readonly<Record<string, string>>,
  wanted: readonly string[] | undefined,
): readonly string[] {
  const names = Object.entries(columns).flatMap(([field, name]) => (isWanted(field, wanted) ? [name] : []));
  return [...new Set([...always, ...names])].map((name) => `cmis:${name}`);
}

export function isWanted(field: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.includes(field);
}
