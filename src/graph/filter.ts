/** Filters as SQL conditions. Null and unknown are one; a condition on a missing relation sees all fields null. */
import { codecOf, type Entity, type Field } from '#model';
import type {
  EntityLayout,
  EnumColumns,
  FieldColumns,
  GoldenLayout,
  ScalarColumns,
  SqlValue,
  ValueColumns,
} from '#store';
import { refusal } from './errors.ts';
import { type Fragment, joined, type Syntax } from './sql.ts';

export type FilterInput = Readonly<Record<string, unknown>>;

/** `whenNull`: what it says of an object that does not exist, whose fields are all null. */
interface Condition extends Fragment {
  readonly whenNull: boolean;
}

const TRUE: Condition = { text: 'TRUE', params: [], whenNull: true };
const FALSE: Condition = { text: 'FALSE', params: [], whenNull: false };

export class FilterCompiler {
  readonly #layout: GoldenLayout;
  readonly #syntax: Syntax;
  #aliases = 0;

  constructor(layout: GoldenLayout, syntax: Syntax) {
    this.#layout = layout;
    this.#syntax = syntax;
  }

  /** The condition on rows of `entity` under `alias`; undefined where everything matches. */
  compile(entity: Entity, alias: string, filter: FilterInput | null | undefined): Fragment | undefined {
    if (!filter) return undefined;
    this.#aliases = 0;
    const condition = this.#object(this.#layout.entities.get(entity.name)!, alias, filter, 'filter');
    return condition === TRUE ? undefined : condition;
  }

  #object(layout: EntityLayout, alias: string, filter: FilterInput, path: string): Condition {
    const parts: Condition[] = [];
    for (const [name, value] of Object.entries(filter)) {
      const at = `${path}.${name}`;
      if (value === undefined) continue;
      if (value === null) throw nullRefused(at, 'leave it out');
      parts.push(this.#part(layout, alias, name, value, at));
    }
    return all(parts);
  }

  #part(layout: EntityLayout, alias: string, name: string, value: unknown, at: string): Condition {
    const given = value as FilterInput;
    if (name === 'and') return all((value as FilterInput[]).map((one) => this.#object(layout, alias, one, at)));
    if (name === 'or') return any((value as FilterInput[]).map((one) => this.#object(layout, alias, one, at)));
    if (name === 'not') return not(this.#object(layout, alias, given, at));
    if (name === 'id') return this.#id(`${alias}.id`, given, at);
    const field = fieldFor(layout.entity, name);
    if (field.kind === 'collection') return this.#collection(field, alias, given, at);
    const columns = layout.fields.get(field.name)!;
    if (columns.kind === 'reference') return this.#reference(columns.target, `${alias}."${columns.column}"`, given, at);
    if (columns.kind === 'value') return this.#value(columns, alias, given, at);
    if (columns.kind === 'enum' && name !== field.name) return this.#text(`${alias}."${columns.text}"`, given, at);
    return this.#scalar(columns, alias, given, at);
  }

  #value(columns: ValueColumns, alias: string, filter: FilterInput, path: string): Condition {
    const parts: Condition[] = [];
    for (const [name, value] of Object.entries(filter)) {
      const at = `${path}.${name}`;
      if (value === undefined) continue;
      if (value === null) throw nullRefused(at, name === 'isNull' ? 'say true or false' : 'leave it out');
      if (name !== 'isNull') {
        parts.push(this.#scalar(columns.members.get(name)!, alias, value as FilterInput, at));
        continue;
      }
      const members = [...columns.members.values()].map((member) => `${alias}."${member.exact}" IS NULL`);
      const isNull: Condition = { text: `(${members.join(' AND ')})`, params: [], whenNull: true };
      parts.push(value ? isNull : not(isNull));
    }
    return all(parts);
  }

  /** A to-one relation: an object that does not exist is one whose fields are all null. */
  #reference(target: string, column: string, filter: FilterInput, at: string): Condition {
    const { id, ...rest } = filter as { id?: FilterInput };
    const parts: Condition[] = id ? [this.#id(column, id, `${at}.id`)] : [];
    if (id === null) throw nullRefused(`${at}.id`, 'leave it out');
    const layout = this.#layout.entities.get(target)!;
    const alias = this.#alias();
    const inner = this.#object(layout, alias, rest, at);
    const scope = `SELECT 1 FROM ${layout.table} ${alias} WHERE ${alias}.id = ${column}`;
    if (inner === FALSE) parts.push(FALSE);
    else if (inner !== TRUE)
      parts.push(
        inner.whenNull
          ? condition(`NOT EXISTS (${scope} AND (${inner.text}) IS NOT TRUE)`, inner.params, true)
          : condition(`EXISTS (${scope} AND ${inner.text})`, inner.params, false),
      );
    return all(parts);
  }

  #collection(field: Field & { kind: 'collection' }, parent: string, filter: FilterInput, path: string): Condition {
    const layout = this.#layout.entities.get(field.target)!;
    const via = layout.fields.get(field.via) as FieldColumns & { kind: 'reference' };
    const parts: Condition[] = [];
    for (const [name, value] of Object.entries(filter)) {
      const at = `${path}.${name}`;
      if (value === undefined) continue;
      if (value === null) throw nullRefused(at, 'leave it out');
      const alias = this.#alias();
      const inner = this.#object(layout, alias, value as FilterInput, at);
      const scope = `EXISTS (SELECT 1 FROM ${layout.table} ${alias} WHERE ${alias}."${via.column}" = ${parent}.id`;
      if (name === 'some') parts.push(condition(`${scope} AND ${inner.text})`, inner.params, false));
      else if (name === 'none') parts.push(condition(`NOT ${scope} AND ${inner.text})`, inner.params, true));
      else parts.push(condition(`NOT ${scope} AND (${inner.text}) IS NOT TRUE)`, inner.params, true));
    }
    return all(parts);
  }

  /** Ids that were merged into others stand for their survivors. */
  #id(column: string, filter: FilterInput, path: string): Condition {
    const survivor = 'COALESCE((SELECT c.survivor FROM canonical_id c WHERE c.id = ?), ?)';
    return this.#operators(filter, path, (operator, value) => {
      if (operator === 'isNull') return condition(`${column} IS NULL`, [], true);
      const isText = (id: unknown) => !String(id).includes('\0');
      if (!(operator === 'in' ? (value as unknown[]).every(isText) : isText(value)))
        throw refusal('BAD_USER_INPUT', `${path}.${operator}: an id has no zero bytes.`);
      if (operator === 'in')
        return condition(
          `${column} IN (SELECT COALESCE(c.survivor, c.id) FROM ${this.#syntax.list('v')} CROSS JOIN canonical_id c WHERE c.id = v.value)`,
          [JSON.stringify(value)],
          false,
        );
      const id = String(value);
      return operator === 'eq'
        ? condition(`${column} = ${survivor}`, [id, id], false)
        : condition(`${column} IS DISTINCT FROM ${survivor}`, [id, id], true);
    });
  }

  #scalar(columns: ScalarColumns | EnumColumns, alias: string, filter: FilterInput, path: string): Condition {
    const keyOf =
      columns.kind === 'enum'
        ? this.#ordinalOf(columns.type)
        : (value: unknown) => scalarKey(columns.type, value, path);
    const isNumeric = columns.kind === 'enum' || NUMERIC.has(columns.type);
    return this.#compare(`${alias}."${columns.key}"`, `${alias}."${columns.exact}"`, keyOf, isNumeric, filter, path);
  }

  /** The companion of an enum: the system's own code, compared exactly since it has no folded column. */
  #text(column: string, filter: FilterInput, path: string): Condition {
    return this.#compare(column, column, (value) => codecText(value, path), false, filter, path);
  }

  #ordinalOf(type: string): (value: unknown) => number {
    const values = this.#layout.model.enums.get(type)!.values;
    return (value) => values.findIndex((candidate) => candidate.name === value);
  }

  #compare(
    key: string,
    exact: string,
    keyOf: (value: unknown) => SqlValue,
    isNumeric: boolean,
    filter: FilterInput,
    path: string,
  ): Condition {
    return this.#operators(filter, path, (operator, value) => {
      switch (operator) {
        case 'isNull':
          return condition(`${exact} IS NULL`, [], true);
        case 'in': {
          const keys = (value as unknown[]).map(keyOf);
          return condition(`${key} IN ${this.#syntax.inList(isNumeric)}`, [JSON.stringify(keys)], false);
        }
        case 'ne':
          return condition(`${key} IS DISTINCT FROM ?`, [keyOf(value)], true);
        case 'contains':
          return condition(this.#syntax.hasText(key), [keyOf(value)], false);
        case 'startsWith': {
          const prefix = keyOf(value) as string;
          return condition(`(${key} >= ? AND ${key} < ?)`, [prefix, `${prefix}\u{10ffff}`], false);
        }
        default:
          return condition(`${key} ${COMPARE[operator]} ?`, [keyOf(value)], false);
      }
    });
  }

  #operators(filter: FilterInput, path: string, one: (operator: string, value: unknown) => Condition): Condition {
    const parts: Condition[] = [];
    for (const [operator, value] of Object.entries(filter)) {
      if (value === undefined) continue;
      const at = `${path}.${operator}`;
      if (value === null) throw nullRefused(at, operator === 'isNull' ? 'say true or false' : 'use isNull: true');
      if (operator === 'in' && (value as unknown[]).length === 0) parts.push(FALSE);
      else if (operator === 'isNull' && value === false) parts.push(not(one(operator, value)));
      else parts.push(one(operator, value));
    }
    return all(parts);
  }

  #alias(): string {
    this.#aliases += 1;
    return `f${this.#aliases}`;
  }
}

/** Order keys that are numbers in both stores. */
export const NUMERIC: ReadonlySet<string> = new Set(['Int', 'Boolean', 'DateTime']);
const COMPARE: Readonly<Record<string, string>> = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' };

function fieldFor(entity: Entity, name: string): Field {
  return entity.fields.find((field) => field.name === name || (field.kind === 'enum' && field.textName === name))!;
}

function condition(text: string, params: readonly SqlValue[], whenNull: boolean): Condition {
  return { text, params, whenNull };
}

function all(parts: readonly Condition[]): Condition {
  const needed = parts.filter((part) => part !== TRUE);
  if (needed.includes(FALSE)) return FALSE;
  if (needed.length === 0) return TRUE;
  if (needed.length === 1) return needed[0]!;
  const { text, params } = joined(needed, ' AND ');
  return condition(
    `(${text})`,
    params,
    needed.every((part) => part.whenNull),
  );
}

function any(parts: readonly Condition[]): Condition {
  if (parts.includes(TRUE)) return TRUE;
  const needed = parts.filter((part) => part !== FALSE);
  if (needed.length === 0) return FALSE;
  if (needed.length === 1) return needed[0]!;
  const { text, params } = joined(needed, ' OR ');
  return condition(
    `(${text})`,
    params,
    needed.some((part) => part.whenNull),
  );
}

function not(part: Condition): Condition {
  if (part === TRUE) return FALSE;
  if (part === FALSE) return TRUE;
  return condition(`(${part.text}) IS NOT TRUE`, part.params, !part.whenNull);
}

export function codecText(value: unknown, path: string): string {
  scalarKey('String', value, path);
  return codecOf('String').parse(value);
}

export function scalarKey(type: ScalarColumns['type'], value: unknown, path: string): SqlValue {
  const codec = codecOf(type as 'String');
  try {
    return codec.orderKey(codec.parse(value)) as SqlValue;
  } catch (error) {
    throw refusal('BAD_USER_INPUT', `${path}: ${(error as Error).message}`);
  }
}

export function nullRefused(at: string, instead: string): Error {
  return refusal('BAD_USER_INPUT', `${at}: null is no value to compare with; ${instead}.`);
}
