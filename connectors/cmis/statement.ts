import type { ListRequest } from 'isthmus/sdk';
import { ConfigError } from 'isthmus/sdk';

/** The one place where values enter CMIS SQL. */
export function literal(value: string | number | boolean, column?: string): string {
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (column !== undefined && DATE_TIMES.has(column)) return timestamp(Number(new Date(value)));
  if (typeof value === 'number') return String(value);
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const DATE_TIMES: ReadonlySet<string> = new Set(['cmis:creationDate', 'cmis:lastModificationDate']);
const timestamp = (ms: number) => `TIMESTAMP '${new Date(ms).toISOString()}'`;

/** Names cannot be escaped, only checked. */
export function column(name: string): string {
  if (/^[A-Za-z_][\w:.-]*$/.test(name)) return name;
  throw new ConfigError(`"${name}" is no query name of a property. Correct extend.select.`, {
    details: { field: 'extend.select' },
  });
}

export const oneOf = (name: string, values: readonly string[]) =>
  `${name} IN (${values.map((value) => literal(value)).join(', ')})`;

/** A place in the order of (change stamp, object id). */
export interface Position {
  readonly stamp: number;
  /** Absent: before all objects of that stamp. */
  readonly objectId?: string;
}

export const KEYSET_ORDER = 'ORDER BY cmis:lastModificationDate ASC, cmis:objectId ASC';

/** Spelled so that an index over the stamp can be used. */
export function after({ stamp, objectId }: Position): string {
  const at = timestamp(stamp);
  const since = `cmis:lastModificationDate >= ${at}`;
  if (objectId === undefined) return since;
  return `${since} AND (cmis:lastModificationDate > ${at} OR cmis:objectId > ${literal(objectId)})`;
}

const OPERATORS = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

export function whereOf(request: ListRequest): string {
  const conditions = request.where.map(({ field, op, value }) => {
    if (value === null) return `${column(field)} IS NULL`;
    return `${column(field)} ${OPERATORS[op]} ${literal(value, field)}`;
  });
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

export function orderOf(request: ListRequest): string {
  const keys = request.orderBy.map(({ field, direction }) => `${column(field)} ${direction.toUpperCase()}`);
  return ` ORDER BY ${[...keys, 'cmis:objectId ASC'].join(', ')}`;
}
