/** Pieces of SQL with their parameters, `?` for each; numbered for PostgreSQL at the end. */
import type { Dialect, SqlValue } from '#store';

export interface Fragment {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

export const NOTHING: Fragment = { text: '', params: [] };

export function sql(text: string, ...params: readonly SqlValue[]): Fragment {
  return { text, params };
}

export function joined(parts: readonly Fragment[], separator: string): Fragment {
  if (parts.length === 1) return parts[0]!;
  return { text: parts.map((part) => part.text).join(separator), params: parts.flatMap((part) => part.params) };
}

/** All of the conditions, as a WHERE clause; nothing where there are none. */
export function where(conditions: readonly (Fragment | undefined)[]): Fragment {
  const given = conditions.filter((condition) => condition !== undefined);
  if (given.length === 0) return NOTHING;
  const all = joined(given, ' AND ');
  return { text: ` WHERE ${all.text}`, params: all.params };
}

/** What differs between the stores in the statements of the graph. No name or text in them contains a `?`. */
export class Syntax {
  readonly dialect: Dialect;
  readonly #numbered = new Map<string, string>();

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  finish(text: string): string {
    if (this.dialect === 'sqlite') return text;
    const known = this.#numbered.get(text);
    if (known !== undefined) return known;
    let position = 0;
    const numbered = text.replace(/\?/g, () => `$${++position}`);
    if (this.#numbered.size > 2000) this.#numbered.clear();
    this.#numbered.set(text, numbered);
    return numbered;
  }

  /** A JSON array of texts, or of whole numbers, as a table `alias(value, position)`; positions count from 0. */
  list(alias: string): string {
    return this.dialect === 'sqlite'
      ? `json_each(?) ${alias}`
      : `(SELECT e.value, e.n - 1 AS key FROM jsonb_array_elements_text(?::jsonb) WITH ORDINALITY e(value, n)) ${alias}`;
  }

  /** The same as the right side of `IN`. */
  inList(isNumeric: boolean): string {
    if (this.dialect === 'sqlite') return '(SELECT value FROM json_each(?))';
    return `(SELECT e.value${isNumeric ? '::bigint' : ''} FROM jsonb_array_elements_text(?::jsonb) e(value))`;
  }

  hasText(column: string): string {
    return this.dialect === 'sqlite' ? `instr(${column}, ?) > 0` : `strpos(${column}, ?) > 0`;
  }

  /** Null is the smallest value on both stores; SQLite thinks so by itself. */
  direction(isDescending: boolean): string {
    if (this.dialect === 'sqlite') return isDescending ? ' DESC' : '';
    return isDescending ? ' DESC NULLS LAST' : ' NULLS FIRST';
  }
}
