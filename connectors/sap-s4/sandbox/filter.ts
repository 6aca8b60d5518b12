import type { SandboxRows, SqlCondition, SqlValue } from 'isthmus/sdk/testing';
import { type EdmProperty, type EntityType, propertyOf, withoutLeadingZeros } from './edm.ts';
import { refuse } from './refusals.ts';

const TOKEN =
  /\s*(?:(datetimeoffset|datetime|time|guid)'([^']*)'|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)[mMdDfFlL]?(?![\w'])|([A-Za-z_][\w/]*)|([(),]))/y;
const OPERATORS: Readonly<Record<string, string>> = { eq: '=', ne: 'IS NOT', gt: '>', ge: '>=', lt: '<', le: '<=' };
const FUNCTIONS = ['substringof', 'startswith', 'endswith', 'tolower', 'toupper'];

interface Token {
  readonly kind: 'literal' | 'word' | 'mark';
  readonly text: string;
  readonly value?: SqlValue;
}

type Operand = { readonly property: EdmProperty } | { readonly literal: SqlValue | boolean };

/** A boolean expression; `key` is set for a plain `Property eq 'x'`, so that a long or-chain becomes one IN. */
interface Condition {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly equals?: { readonly column: string; readonly value: SqlValue };
}

/** `$filter` of OData V2 as an SQL condition over the stored rows. */
export function filterCondition(text: string, type: EntityType, rows: SandboxRows): SqlCondition {
  const parser = new FilterParser(text, type, rows);
  const { sql, params } = parser.parse();
  return { sql, params };
}

/** The SQL expression by which a property is compared and sorted: dates as milliseconds, decimals as numbers. */
export function sqlOf(property: EdmProperty, type: EntityType, rows: SandboxRows): string {
  const column = rows.column(property.name);
  if (isColumn(property.name, type)) return column;
  if (property.type === 'Edm.DateTime' || property.type === 'Edm.DateTimeOffset')
    return `CAST(substr(${column}, 7) AS INTEGER)`;
  if (property.type === 'Edm.Decimal') return `CAST(${column} AS REAL)`;
  return column;
}

export function isColumn(name: string, type: EntityType): boolean {
  return type.key.includes(name) || type.indexes.some((index) => index.includes(name));
}

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #type: EntityType;
  readonly #rows: SandboxRows;
  #at = 0;

  constructor(text: string, type: EntityType, rows: SandboxRows) {
    this.#tokens = tokenize(text);
    this.#type = type;
    this.#rows = rows;
  }

  parse(): Condition {
    const condition = this.#or();
    if (this.#at < this.#tokens.length) this.#fail(this.#tokens[this.#at]!.text);
    return condition;
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#take('or')) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : either(parts);
  }

  #and(): Condition {
    const parts = [this.#not()];
    while (this.#take('and')) parts.push(this.#not());
    if (parts.length === 1) return parts[0]!;
    return {
      sql: parts.map((part) => `(${part.sql})`).join(' AND '),
      params: parts.flatMap((part) => part.params),
    };
  }

  #not(): Condition {
    if (!this.#take('not')) return this.#comparison();
    const inner = this.#comparison();
    return { sql: `NOT coalesce((${inner.sql}), 0)`, params: inner.params };
  }

  #comparison(): Condition {
    if (this.#take('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const word = this.#tokens[this.#at];
    if (word?.kind === 'word' && FUNCTIONS.includes(word.text)) return this.#functionCall();
    const left = this.#operand();
    const operator = this.#tokens[this.#at++]?.text ?? '';
    if (!(operator in OPERATORS)) this.#fail(operator);
    return this.#compare(left, operator, this.#operand());
  }

  #functionCall(): Condition {
    const name = this.#tokens[this.#at++]!.text;
    this.#expect('(');
    const first = this.#operand();
    this.#expect(',');
    const second = this.#operand();
    this.#expect(')');
    const [haystack, needle] = name === 'substringof' ? [second, first] : [first, second];
    if (!('property' in haystack) || !('literal' in needle)) this.#fail(name);
    const column = sqlOf(haystack.property, this.#type, this.#rows);
    const text = String(needle.literal);
    const conditions: Readonly<Record<string, Condition>> = {
      substringof: { sql: `instr(${column}, ?) > 0`, params: [text] },
      startswith: { sql: `substr(${column}, 1, ?) = ?`, params: [text.length, text] },
      endswith: { sql: `substr(${column}, ?) = ?`, params: [-Math.max(text.length, 1), text] },
    };
    const condition = conditions[name] ?? this.#fail(name);
    if (!this.#take('eq')) return condition;
    const expected = this.#operand();
    if ('literal' in expected && expected.literal === false)
      return { sql: `NOT (${condition.sql})`, params: condition.params };
    return condition;
  }

  #compare(left: Operand, operator: string, right: Operand): Condition {
    if (!('property' in left)) return this.#fail(operator);
    const { property } = left;
    const column = sqlOf(property, this.#type, this.#rows);
    if ('property' in right) {
      return { sql: `${column} ${OPERATORS[operator]} ${sqlOf(right.property, this.#type, this.#rows)}`, params: [] };
    }
    const value = literalFor(property, right.literal);
    if (value === null) return { sql: `${column} IS ${operator === 'eq' ? '' : 'NOT '}NULL`, params: [] };
    return {
      sql: `${column} ${OPERATORS[operator]} ?`,
      params: [value],
      ...(operator === 'eq' ? { equals: { column, value } } : {}),
    };
  }

  #operand(): Operand {
    const token = this.#tokens[this.#at++];
    if (token === undefined) return this.#fail('end of the expression');
    if (token.kind === 'literal') return { literal: token.value ?? null };
    if (token.text === 'null') return { literal: null };
    if (token.text === 'true' || token.text === 'false') return { literal: token.text === 'true' };
    const property = propertyOf(this.#type, token.text);
    if (property === undefined) {
      return refuse(
        400,
        `Property ${token.text} not found in type ${this.#type.set}Type`,
        '/IWBEP/CM_MGW_EXPR_OSQL/032',
      );
    }
    return { property };
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'literal' || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(this.#tokens[this.#at]?.text ?? 'end of the expression');
  }

  #fail(near: string): never {
    return refuse(400, `Invalid $filter expression near '${near}'`, '/IWCOR/CX_OD_EXP_PARSER_ERROR/005');
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) refuse(400, `Invalid $filter expression at position ${from}`);
    const [whole, typed, typedText, quoted, number, word, mark] = match;
    if (typed !== undefined) tokens.push({ kind: 'literal', text: whole, value: typedLiteral(typed, typedText!) });
    else if (quoted !== undefined) tokens.push({ kind: 'literal', text: whole, value: quoted.replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: 'literal', text: whole, value: Number(number) });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'mark', text: mark! });
  }
  return tokens;
}

function typedLiteral(type: string, text: string): SqlValue {
  if (type === 'time' || type === 'guid') return text;
  const hasZone = /(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = Date.parse(hasZone ? text : `${text}Z`);
  if (Number.isNaN(ms) || (type === 'datetimeoffset' && !hasZone)) refuse(400, `Invalid ${type} literal '${text}'`);
  return ms;
}

function literalFor(property: EdmProperty, literal: SqlValue | boolean): SqlValue {
  if (typeof literal === 'boolean') return Number(literal);
  if (property.isAlpha === true && typeof literal === 'string') return withoutLeadingZeros(literal);
  if (property.type === 'Edm.String' && typeof literal === 'number')
    refuse(400, `Property ${property.name} is compared with a number`);
  return literal;
}

/** One IN over a list for the equalities of each column, the rest or-ed. */
function either(parts: readonly Condition[]): Condition {
  const lists = new Map<string, SqlValue[]>();
  const rest: Condition[] = [];
  for (const part of parts) {
    if (part.equals === undefined) rest.push(part);
    else lists.set(part.equals.column, [...(lists.get(part.equals.column) ?? []), part.equals.value]);
  }
  for (const [column, values] of lists) {
    rest.push({ sql: `${column} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(values)] });
  }
  return {
    sql: rest.map((part) => `(${part.sql})`).join(' OR '),
    params: rest.flatMap((part) => part.params),
  };
}
