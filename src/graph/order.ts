/** Sort keys as SQL, and the cursors that name a place between two rows. */
import { createHash } from 'node:crypto';
import type { Entity } from '#model';
import type { EntityLayout, GoldenLayout, SqlValue } from '#store';
import { refusal } from './errors.ts';
import { NUMERIC } from './filter.ts';
import { type Fragment, joined, type Syntax } from './sql.ts';

/** One OrderBy input: exactly one member is set, at every level. */
export interface OrderInput {
  readonly [name: string]: 'ASC' | 'DESC' | OrderInput;
}

export interface SortKey {
  readonly expression: string;
  readonly isDescending: boolean;
  readonly isNullable: boolean;
  readonly isNumeric: boolean;
}

/** Sort keys in order, the last of them the id; and the joins that to-one relations need. */
export interface SortOrder {
  readonly keys: readonly SortKey[];
  readonly joins: string;
}

export function sortOrder(
  layout: GoldenLayout,
  entity: Entity,
  alias: string,
  orderBy: readonly OrderInput[] | null | undefined,
): SortOrder {
  const joins = new Map<string, { readonly alias: string; readonly text: string }>();
  const keys: SortKey[] = [];
  for (const one of orderBy ?? []) keys.push(keyOf(layout, layout.entities.get(entity.name)!, alias, one, joins));
  const endsWithId = keys.at(-1)?.expression === `${alias}.id`;
  if (!endsWithId)
    keys.push({
      expression: `${alias}.id`,
      isDescending: keys.at(-1)?.isDescending ?? false,
      isNullable: false,
      isNumeric: false,
    });
  return { keys, joins: [...joins.values()].map((join) => join.text).join('') };
}

function keyOf(
  layout: GoldenLayout,
  at: EntityLayout,
  alias: string,
  order: OrderInput,
  joins: Map<string, { readonly alias: string; readonly text: string }>,
): SortKey {
  const [name, value] = Object.entries(order)[0]!;
  const isDescending = value === 'DESC';
  if (name === 'id')
    return { expression: `${alias}.id`, isDescending, isNullable: alias.includes('_'), isNumeric: false };
  const columns = at.fields.get(name)!;
  if (columns.kind === 'reference') {
    const path = `${alias}."${columns.column}"`;
    const target = layout.entities.get(columns.target)!;
    let join = joins.get(path);
    if (!join) {
      // Only joined tables have an underscore in their alias.
      const made = `${alias.split('_')[0]}_${joins.size + 1}`;
      join = { alias: made, text: ` LEFT JOIN ${target.table} ${made} ON ${made}.id = ${path}` };
      joins.set(path, join);
    }
    return keyOf(layout, target, join.alias, value as OrderInput, joins);
  }
  const [member, direction] =
    columns.kind === 'value' ? Object.entries(value as OrderInput)[0]! : ([undefined, value] as const);
  const scalar = columns.kind === 'value' ? columns.members.get(member as string)! : columns;
  return {
    expression: `${alias}."${scalar.key}"`,
    isDescending: direction === 'DESC',
    isNullable: true,
    isNumeric: scalar.kind === 'enum' || NUMERIC.has(scalar.type),
  };
}

export function orderClause(order: SortOrder, syntax: Syntax, isBackward: boolean): string {
  const parts = order.keys.map((key) => key.expression + directionOf(key, syntax, isBackward));
  return ` ORDER BY ${parts.join(', ')}`;
}

export function directionOf(key: SortKey, syntax: Syntax, isBackward: boolean): string {
  const isDescending = key.isDescending !== isBackward;
  return key.isNullable ? syntax.direction(isDescending) : isDescending ? ' DESC' : '';
}

/**
 * The rows after a place, or before it, as conditions that exclude each other: each is one range of an index. Where
 * keys in a row share their direction they are one row value; nulls, which no comparison finds, are a range apart.
 */
export function rangesBeyond(order: SortOrder, values: readonly SqlValue[], isBackward: boolean): readonly Fragment[] {
  const ranges: Fragment[] = [];
  let end = order.keys.length;
  while (end > 0) {
    const start = runStart(order, values, end);
    const run = order.keys.slice(start, end);
    const prefix = equalities(order, values, start);
    const isDescending = run[0]!.isDescending !== isBackward;
    if (values[start] === null) {
      if (!isDescending) ranges.push(joined([...prefix, plain(`${run[0]!.expression} IS NOT NULL`)], ' AND '));
    } else {
      ranges.push(joined([...prefix, rowValue(run, values.slice(start, end), isDescending ? '<' : '>')], ' AND '));
      if (isDescending)
        for (let at = end - 1; at >= start; at--) {
          const key = order.keys[at]!;
          if (!key.isNullable) continue;
          ranges.push(joined([...equalities(order, values, at), plain(`${key.expression} IS NULL`)], ' AND '));
        }
    }
    end = start;
  }
  return ranges;
}

function runStart(order: SortOrder, values: readonly SqlValue[], end: number): number {
  let start = end - 1;
  if (values[start] === null) return start;
  while (
    start > 0 &&
    values[start - 1] !== null &&
    order.keys[start - 1]!.isDescending === order.keys[end - 1]!.isDescending
  )
    start -= 1;
  return start;
}

function rowValue(keys: readonly SortKey[], values: readonly SqlValue[], operator: '<' | '>'): Fragment {
  if (keys.length === 1) return { text: `${keys[0]!.expression} ${operator} ?`, params: values };
  const expressions = keys.map((key) => key.expression).join(', ');
  return { text: `(${expressions}) ${operator} (${keys.map(() => '?').join(', ')})`, params: values };
}

function equalities(order: SortOrder, values: readonly SqlValue[], count: number): Fragment[] {
  return order.keys.slice(0, count).map((key, index) => {
    const value = values[index]!;
    return value === null ? plain(`${key.expression} IS NULL`) : { text: `${key.expression} = ?`, params: [value] };
  });
}

const plain = (text: string): Fragment => ({ text, params: [] });

/** What a cursor is bound to: the same list, order and filter, whatever page of it. */
export function listHash(list: string, orderBy: unknown, filter: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([list, orderBy ?? [], filter ?? {}]))
    .digest('base64url')
    .slice(0, 11);
}

export function writeCursor(hash: string, values: readonly SqlValue[]): string {
  return Buffer.from(JSON.stringify([hash, ...values])).toString('base64url');
}

export function readCursor(cursor: string, argument: string, hash: string, order: SortOrder): readonly SqlValue[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw refusal(
      'BAD_CURSOR',
      `${argument}: this is no cursor of this graph; give one as \`cursor\` or \`pageInfo\` told it.`,
    );
  }
  if (!Array.isArray(parts) || typeof parts[0] !== 'string')
    throw refusal(
      'BAD_CURSOR',
      `${argument}: this is no cursor of this graph; give one as \`cursor\` or \`pageInfo\` told it.`,
    );
  const [seen, ...values] = parts as [string, ...SqlValue[]];
  if (
    seen !== hash ||
    values.length !== order.keys.length ||
    !values.every((value, at) => fits(value, order.keys[at]!))
  )
    throw refusal(
      'BAD_CURSOR',
      `${argument}: the cursor belongs to another list, order or filter; begin again without it.`,
    );
  return values;
}

function fits(value: unknown, key: SortKey): boolean {
  if (value === null) return key.isNullable;
  return key.isNumeric ? Number.isSafeInteger(value) : typeof value === 'string' && !value.includes('\0');
}
