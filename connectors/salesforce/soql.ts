import { ContractError, type ListRequest } from 'isthmus/sdk';

const OPERATORS = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;
const DATE_FIELDS: ReadonlySet<string> = new Set(['CloseDate', 'ConvertedDate', 'LastActivityDate']);

/** Unquoted, as SOQL wants times; in whole seconds, as the product keeps them. */
export function dateTimeLiteral(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

export function whereOf(where: ListRequest['where']): string {
  if (where.length === 0) return '';
  const parts = where.map(({ field, op, value }) => `${fieldName(field)} ${OPERATORS[op]} ${literal(field, value)}`);
  return ` WHERE ${parts.join(' AND ')}`;
}

export function orderOf(orderBy: ListRequest['orderBy']): string {
  if (orderBy.length === 0) return '';
  const parts = orderBy.map(({ field, direction }) => `${fieldName(field)} ${direction.toUpperCase()} NULLS LAST`);
  return ` ORDER BY ${parts.join(', ')}`;
}

/** Names cannot be quoted in SOQL, so what is no name is refused. */
function fieldName(field: string): string {
  if (/^[A-Za-z]\w*(\.[A-Za-z]\w*)*$/.test(field)) return field;
  throw new ContractError('A field of the list request is no Salesforce field name.');
}

function literal(field: string, value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return value;
  if (DATE_FIELDS.has(field) && /^\d{4}-\d\d-\d\d$/.test(value)) return value;
  return `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}
