import { refuse } from '../refusals.ts';

export type TokenKind = 'word' | 'text' | 'number' | 'date' | 'datetime' | 'mark' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** A string literal is unescaped, except that `\_` and `\%` stay as they are: they mean something to LIKE. */
  readonly text: string;
  readonly at: number;
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['datetime', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/y],
  ['date', /\d{4}-\d\d-\d\d(?!\d)/y],
  ['number', /[+-]?\d+(?:\.\d+)?/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y],
  ['mark', /<=|>=|!=|<>|[=<>(),]/y],
];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

export function malformed(statement: string, at: number, message: string): Error {
  const near = statement.slice(Math.max(0, at - 20), at + 20);
  return refuse(400, 'MALFORMED_QUERY', `\n${near}\n^\nERROR at Row:1:Column:${at + 1}\n${message}`);
}

export function tokenize(statement: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < statement.length) {
    if (/\s/.test(statement[at]!)) {
      at += 1;
      continue;
    }
    const token = statement[at] === "'" ? readText(statement, at) : readPlain(statement, at);
    tokens.push(token.token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '<EOF>', at });
  return tokens;
}

function readPlain(statement: string, at: number): { token: Token; end: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(statement);
    if (match !== null) return { token: { kind, text: match[0], at }, end: at + match[0].length };
  }
  throw malformed(statement, at, `unexpected token: '${statement[at]}'`);
}

function readText(statement: string, start: number): { token: Token; end: number } {
  let text = '';
  let at = start + 1;
  for (; at < statement.length && statement[at] !== "'"; at += 1) {
    if (statement[at] !== '\\') {
      text += statement[at];
      continue;
    }
    at += 1;
    const escaped = statement[at] ?? '';
    if (escaped === '_' || escaped === '%') text += `\\${escaped}`;
    else if (escaped === '\\') text += '\\\\';
    else if (`'"`.includes(escaped)) text += escaped;
    else if (ESCAPES[escaped.toLowerCase()] !== undefined) text += ESCAPES[escaped.toLowerCase()];
    else throw malformed(statement, at, `Illegal string literal: invalid escape \\${escaped}`);
  }
  if (at >= statement.length) throw malformed(statement, start, 'line 1: no viable alternative at character <EOF>');
  if (text.length > 4000) throw malformed(statement, start, 'a string literal may not exceed 4000 characters');
  return { token: { kind: 'text', text, at: start }, end: at + 1 };
}

/** The text that a literal means where it is compared whole. */
export function plainText(literal: string): string {
  return literal.replace(/\\([\\_%])/g, '$1');
}
