import { type EntityType, propertyOf, type Service, withoutLeadingZeros } from './edm.ts';
import { refuse } from './refusals.ts';

/** `A_SalesOrder('1')/to_Item/$count`, taken apart. */
export interface ResourcePath {
  readonly type: EntityType;
  /** The stored key, when one entity is addressed. */
  readonly key?: string;
  readonly navigation?: string;
  readonly isCount: boolean;
}

const SEGMENT = /^(\w+)(?:\((.*)\))?$/s;

export function parseResourcePath(path: string, service: Service): ResourcePath {
  const segments = splitOutsideQuotes(decodeURIComponent(path), '/').filter((segment) => segment !== '');
  const isCount = segments.at(-1) === '$count';
  if (isCount) segments.pop();
  const match = SEGMENT.exec(segments[0] ?? '');
  const type = service.types.find((candidate) => candidate.set === match?.[1]);
  if (match === null || type === undefined || segments.length > 2) {
    return refuse(404, `Resource not found for the segment '${segments[0] ?? ''}'`, '/IWBEP/CM_MGW_RT/020');
  }
  const predicate = match[2];
  const navigation = segments[1];
  if (navigation !== undefined && !type.navigations.some((candidate) => candidate.name === navigation)) {
    refuse(404, `Resource not found for the segment '${navigation}'`, '/IWBEP/CM_MGW_RT/020');
  }
  return {
    type,
    isCount,
    ...(predicate === undefined || predicate === '' ? {} : { key: keyOfPredicate(predicate, type) }),
    ...(navigation === undefined ? {} : { navigation }),
  };
}

/** How rows of a type are keyed in the store. */
export function storedKey(type: EntityType, read: (name: string) => unknown): string {
  return type.key.map((name) => String(read(name) ?? '')).join('|');
}

/** The key predicate of a row, as it stands in its URI. */
export function keyPredicate(type: EntityType, row: Readonly<Record<string, unknown>>): string {
  const literal = (name: string) => {
    const value = row[name];
    if (propertyOf(type, name)?.type === 'Edm.DateTime') {
      const ms = Number(/\d+/.exec(String(value))?.[0] ?? 0);
      return `datetime'${new Date(ms).toISOString().slice(0, 19).replaceAll(':', '%3A')}'`;
    }
    const text = String(value ?? '');
    return /^[\w-]*$/.test(text) ? `'${text}'` : `'${encodeURIComponent(text.replaceAll("'", "''"))}'`;
  };
  if (type.key.length === 1) return `(${literal(type.key[0]!)})`;
  return `(${type.key.map((name) => `${name}=${literal(name)}`).join(',')})`;
}

function keyOfPredicate(predicate: string, type: EntityType): string {
  const values = new Map<string, string>();
  for (const part of splitOutsideQuotes(predicate, ',')) {
    const named = /^\s*(\w+)\s*=\s*(.*)$/s.exec(part);
    const isNamed = named !== null && type.key.includes(named[1]!);
    const name = isNamed ? named[1]! : type.key.length === 1 ? type.key[0]! : '';
    if (name === '') refuse(400, `Invalid key predicate for ${type.set}`, '/IWBEP/CM_MGW_RT/023');
    values.set(name, literalValue((isNamed ? named[2]! : part).trim(), name, type));
  }
  const missing = type.key.find((name) => !values.has(name));
  if (missing !== undefined) refuse(400, `Invalid key predicate: ${missing} is missing`, '/IWBEP/CM_MGW_RT/023');
  return storedKey(type, (name) => values.get(name));
}

function literalValue(literal: string, name: string, type: EntityType): string {
  const date = /^datetime'(.*)'$/.exec(literal);
  if (date !== null) return `/Date(${Date.parse(`${date[1]}Z`)})/`;
  const quoted = /^'(.*)'$/s.exec(literal);
  if (quoted === null) return refuse(400, `Invalid key literal ${literal}`, '/IWBEP/CM_MGW_RT/023');
  const text = quoted[1]!.replaceAll("''", "'");
  return propertyOf(type, name)?.isAlpha === true ? withoutLeadingZeros(text) : text;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let isQuoted = false;
  for (const character of text) {
    if (character === "'") isQuoted = !isQuoted;
    if (character === separator && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
