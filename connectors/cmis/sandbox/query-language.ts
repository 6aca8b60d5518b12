import { refuse } from './refusal.ts';

export type Literal = string | number | boolean;
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly column: string; readonly operator: string; readonly value: Literal }
  | { readonly kind: 'in'; readonly column: string; readonly values: readonly Literal[]; readonly negated: boolean }
  | { readonly kind: 'like'; readonly column: string; readonly pattern: string; readonly negated: boolean }
  | { readonly kind: 'null'; readonly column: string; readonly negated: boolean }
  | { readonly kind: 'inFolder' | 'inTree'; readonly folderId: string };

export interface Statement {
  /** Undefined for `*`. */
  readonly columns: readonly string[] | undefined;
  readonly from: string;
  readonly where: Condition | undefined;
  readonly orderBy: readonly { readonly column: string; readonly descending: boolean }[];
}

/** Reads the part of CMIS SQL without joins, `ANY`, `CONTAINS` and `SCORE()`. */
export function parseStatement(text: string): Statement {
  return new StatementParser(tokens(text)).statement();
}

type Token =
  | { readonly kind: 'word' | 'symbol'; readonly text: string }
  | { readonly kind: 'string' | 'timestamp'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string };

const TOKEN = /\s+|'((?:[^'\\]|\\.|'')*)'|([A-Za-z_][\w:.-]*)|([-+]?\d+(?:\.\d+)?)|(<>|<=|>=|[=<>(),*])/gy;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) refuse('invalidArgument', `line 1:${at} no viable alternative at character '${text[at]}'`);
    const [, string, word, number, symbol] = match;
    if (string !== undefined) found.push({ kind: 'string', text: string });
    else if (word !== undefined) found.push({ kind: 'word', text: word });
    else if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (symbol !== undefined) found.push({ kind: 'symbol', text: symbol });
  }
  return found;
}

const unquoted = (text: string) => text.replace(/\\(.)/g, '$1').replaceAll("''", "'");

class StatementParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  statement(): Statement {
    this.#expect('SELECT');
    const columns = this.#takes('*') ? undefined : this.#list(() => this.#column());
    this.#expect('FROM');
    const from = this.#word();
    const where = this.#takes('WHERE') ? this.#or() : undefined;
    const orderBy: { column: string; descending: boolean }[] = [];
    if (this.#takes('ORDER')) {
      this.#expect('BY');
      orderBy.push(
        ...this.#list(() => {
          const column = this.#column();
          const descending = this.#takes('DESC');
          if (!descending) this.#takes('ASC');
          return { column, descending };
        }),
      );
    }
    if (this.#at < this.#tokens.length) this.#fail();
    return { columns, from, where, orderBy };
  }

  #or(): Condition {
    const parts = [this.#and()];
    while (this.#takes('OR')) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  #and(): Condition {
    const parts = [this.#not()];
    while (this.#takes('AND')) parts.push(this.#not());
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  #not(): Condition {
    if (this.#takes('NOT')) return { kind: 'not', part: this.#not() };
    if (!this.#takes('(')) return this.#predicate();
    const inner = this.#or();
    this.#expect(')');
    return inner;
  }

  #predicate(): Condition {
    const column = this.#word();
    const isFunction = /^(IN_FOLDER|IN_TREE)$/i.exec(column);
    if (isFunction !== null && this.#takes('(')) {
      const folderId = String(this.#literal());
      this.#expect(')');
      return { kind: column.toUpperCase() === 'IN_FOLDER' ? 'inFolder' : 'inTree', folderId };
    }
    if (this.#takes('IS')) {
      const negated = this.#takes('NOT');
      this.#expect('NULL');
      return { kind: 'null', column, negated };
    }
    const negated = this.#takes('NOT');
    if (this.#takes('IN')) {
      this.#expect('(');
      const values = this.#list(() => this.#literal());
      this.#expect(')');
      return { kind: 'in', column, values, negated };
    }
    if (this.#takes('LIKE')) return { kind: 'like', column, pattern: this.#next('string').text, negated };
    const operator = this.#next('symbol').text;
    if (negated || !['=', '<>', '<', '<=', '>', '>='].includes(operator)) this.#fail();
    return { kind: 'compare', column, operator, value: this.#literal() };
  }

  #literal(): Literal {
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'string') return unquoted(token.text);
    if (token?.kind === 'number') return Number(token.text);
    const word = token?.kind === 'word' ? token.text.toUpperCase() : '';
    if (word === 'TRUE' || word === 'FALSE') return word === 'TRUE';
    if (word !== 'TIMESTAMP') this.#fail();
    const at = Date.parse(this.#next('string').text);
    return Number.isNaN(at) ? this.#fail() : at;
  }

  #column(): string {
    return this.#word();
  }

  #word(): string {
    return this.#next('word').text;
  }

  #next(kind: Token['kind']): Token {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) return this.#fail();
    this.#at += 1;
    return token;
  }

  #list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.#takes(',')) items.push(read());
    return items;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'string' || token.text.toUpperCase() !== text) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) this.#fail();
  }

  #fail(): never {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    return refuse('invalidArgument', `no viable alternative at input '${token?.text ?? '<EOF>'}'`);
  }
}
