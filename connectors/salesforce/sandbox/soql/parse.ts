import { malformed, type Token, type TokenKind, tokenize } from './tokens.ts';

/** The subset of SOQL that the sandbox speaks: one object, parent paths, no subqueries, no grouping. */
export interface Soql {
  readonly statement: string;
  readonly object: string;
  /** Field paths as written; `FIELDS(...)` stays a word of its own. */
  readonly select: readonly string[];
  readonly isCount: boolean;
  readonly where?: Condition;
  readonly orderBy: readonly { readonly path: string; readonly descending: boolean; readonly nullsFirst: boolean }[];
  readonly limit?: number;
  readonly offset: number;
}

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly path: string; readonly op: Comparison; readonly value: Literal }
  | { readonly kind: 'in'; readonly path: string; readonly negated: boolean; readonly values: readonly Literal[] };

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE';
export interface Literal {
  readonly kind: 'text' | 'number' | 'date' | 'datetime' | 'boolean' | 'null';
  readonly text: string;
}

const MAX_STATEMENT = 100_000;

export function parseSoql(statement: string): Soql {
  if (statement.length > MAX_STATEMENT)
    throw malformed(statement, 0, 'SOQL statements cannot be longer than 100000 characters');
  return new SoqlParser(statement).parse();
}

class SoqlParser {
  readonly #statement: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(statement: string) {
    this.#statement = statement;
    this.#tokens = tokenize(statement);
  }

  parse(): Soql {
    this.#expectWord('SELECT');
    const select = this.#selectList();
    this.#expectWord('FROM');
    const object = this.#expect('word').text;
    const where = this.#takeWord('WHERE') ? this.#conditions() : undefined;
    const orderBy = this.#takeWords('ORDER', 'BY') ? this.#orderList() : [];
    const limit = this.#takeWord('LIMIT') ? this.#integer() : undefined;
    const offset = this.#takeWord('OFFSET') ? this.#integer() : 0;
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    const isCount = select.length === 1 && select[0] === 'COUNT()';
    return { statement: this.#statement, object, select, isCount, where, orderBy, limit, offset };
  }

  #selectList(): string[] {
    const paths: string[] = [];
    do {
      const word = this.#expect('word').text;
      if (!this.#takeMark('(')) {
        paths.push(word);
        continue;
      }
      const inner = this.#peek().kind === 'word' ? this.#next().text : '';
      this.#expectMark(')');
      paths.push(`${word.toUpperCase()}(${inner.toUpperCase()})`);
    } while (this.#takeMark(','));
    return paths;
  }

  /** AND and OR may not be mixed on one level without parentheses. */
  #conditions(): Condition {
    const first = this.#condition();
    const kind = this.#isWord('AND') ? 'and' : this.#isWord('OR') ? 'or' : undefined;
    if (kind === undefined) return first;
    const parts = [first];
    while (this.#takeWord(kind)) parts.push(this.#condition());
    if (this.#isWord('AND') || this.#isWord('OR')) throw this.#unexpected();
    return { kind, parts };
  }

  #condition(): Condition {
    if (this.#takeWord('NOT')) return { kind: 'not', part: this.#condition() };
    if (this.#takeMark('(')) {
      const inner = this.#conditions();
      this.#expectMark(')');
      return inner;
    }
    const path = this.#expect('word').text;
    if (this.#takeWord('LIKE')) return { kind: 'compare', path, op: 'LIKE', value: this.#literal() };
    if (this.#takeWord('IN')) return { kind: 'in', path, negated: false, values: this.#literals() };
    if (this.#takeWords('NOT', 'IN')) return { kind: 'in', path, negated: true, values: this.#literals() };
    const mark = this.#expect('mark').text;
    if (!['=', '!=', '<>', '<', '<=', '>', '>='].includes(mark)) throw this.#unexpected(-1);
    return { kind: 'compare', path, op: mark === '<>' ? '!=' : (mark as Comparison), value: this.#literal() };
  }

  #literals(): Literal[] {
    this.#expectMark('(');
    const values = [this.#literal()];
    while (this.#takeMark(',')) values.push(this.#literal());
    this.#expectMark(')');
    return values;
  }

  #literal(): Literal {
    const token = this.#next();
    if (token.kind === 'word') {
      const word = token.text.toLowerCase();
      if (word === 'null') return { kind: 'null', text: '' };
      if (word === 'true' || word === 'false') return { kind: 'boolean', text: word };
      throw this.#unexpected(-1);
    }
    if (token.kind === 'mark' || token.kind === 'end') throw this.#unexpected(-1);
    return { kind: token.kind, text: token.text };
  }

  #orderList(): { path: string; descending: boolean; nullsFirst: boolean }[] {
    const order: { path: string; descending: boolean; nullsFirst: boolean }[] = [];
    do {
      const path = this.#expect('word').text;
      const descending = this.#takeWord('DESC');
      if (!descending) this.#takeWord('ASC');
      const nullsFirst = !this.#takeWords('NULLS', 'LAST');
      if (nullsFirst) this.#takeWords('NULLS', 'FIRST');
      order.push({ path, descending, nullsFirst });
    } while (this.#takeMark(','));
    return order;
  }

  #integer(): number {
    const token = this.#expect('number');
    if (!/^\d+$/.test(token.text)) throw this.#unexpected(-1);
    return Number(token.text);
  }

  #peek(offset = 0): Token {
    return this.#tokens[Math.min(Math.max(this.#at + offset, 0), this.#tokens.length - 1)]!;
  }
  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }
  #expect(kind: TokenKind): Token {
    if (this.#peek().kind !== kind) throw this.#unexpected();
    return this.#next();
  }
  #isWord(word: string, offset = 0): boolean {
    const token = this.#peek(offset);
    return token.kind === 'word' && token.text.toUpperCase() === word.toUpperCase();
  }
  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#at += 1;
    return true;
  }
  #takeWords(first: string, second: string): boolean {
    if (!this.#isWord(first) || !this.#isWord(second, 1)) return false;
    this.#at += 2;
    return true;
  }
  #expectWord(word: string): void {
    if (!this.#takeWord(word)) throw this.#unexpected();
  }
  #takeMark(mark: string): boolean {
    if (this.#peek().kind !== 'mark' || this.#peek().text !== mark) return false;
    this.#at += 1;
    return true;
  }
  #expectMark(mark: string): void {
    if (!this.#takeMark(mark)) throw this.#unexpected();
  }
  #unexpected(offset = 0): Error {
    const token = this.#peek(offset);
    return malformed(this.#statement, token.at, `unexpected token: '${token.text}'`);
  }
}
