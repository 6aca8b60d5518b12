/** Lists as SQL: pages from the root, pages below many parents in one statement, and their counts. */
import type { Entity } from '#model';
import type { EntityLayout, GoldenLayout, SqlValue } from '#store';
import { refusal } from './errors.ts';
import { FilterCompiler, type FilterInput } from './filter.ts';
import {
  directionOf,
  listHash,
  type OrderInput,
  orderClause,
  rangesBeyond,
  readCursor,
  type SortOrder,
  sortOrder,
} from './order.ts';
import { type Fragment, joined, type Syntax, where } from './sql.ts';

export interface PageArguments {
  readonly filter?: FilterInput | null;
  readonly orderBy?: readonly OrderInput[] | null;
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

/** A list with its arguments understood; what is left to say is which columns, and below which parents. */
export interface Page {
  readonly entity: EntityLayout;
  /** The column of the reference to the parent; undefined: a root list. */
  readonly via: string | undefined;
  readonly args: PageArguments;
  readonly size: number;
  readonly isBackward: boolean;
  /** Binds cursors to this list. */
  readonly hash: string;
  readonly keyCount: number;
  readonly after: readonly SqlValue[] | undefined;
  readonly before: readonly SqlValue[] | undefined;
}

export interface Statement {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

export const DEFAULT_PAGE = 50;

/** How many rows a page may have at the most, by its arguments alone. */
export function pageSize(args: PageArguments, limit: number): number {
  return args.first ?? args.last ?? Math.min(DEFAULT_PAGE, limit);
}

/** The statements of lists. Column lists are given without alias, each in quotes. */
export class PageCompiler {
  readonly #layout: GoldenLayout;
  readonly #syntax: Syntax;
  readonly #filters: FilterCompiler;
  readonly #maxPageSize: number;

  constructor(layout: GoldenLayout, syntax: Syntax, maxPageSize: number) {
    this.#layout = layout;
    this.#syntax = syntax;
    this.#filters = new FilterCompiler(layout, syntax);
    this.#maxPageSize = maxPageSize;
  }

  /** Throws a refusal for arguments that contradict each other and cursors of another list. */
  page(entity: Entity, via: string | undefined, args: PageArguments): Page {
    for (const name of ['first', 'last'] as const)
      if ((args[name] ?? 0) < 0) throw refusal('BAD_USER_INPUT', `${name}: a page has 0 rows or more.`);
    if (args.first != null && args.last != null)
      throw refusal('BAD_USER_INPUT', 'first, last: give one of them, from the beginning or from the end.');
    const order = sortOrder(this.#layout, entity, 't', args.orderBy);
    const hash = listHash(`${entity.name}.${via ?? ''}`, args.orderBy, args.filter);
    const place = (name: 'after' | 'before') =>
      args[name] == null ? undefined : readCursor(args[name], name, hash, order);
    // A filter that cannot be compiled is refused here, before anything is read.
    this.#filters.compile(entity, 't', args.filter);
    return {
      entity: this.#layout.entities.get(entity.name)!,
      via,
      args,
      size: pageSize(args, this.#maxPageSize),
      isBackward: args.last != null,
      hash,
      keyCount: order.keys.length,
      after: place('after'),
      before: place('before'),
    };
  }

  /** Rows: the columns, then the sort keys when `withKeys`, then the parent's position when there are parents. */
  rows(page: Page, columns: readonly string[], withKeys: boolean, limit: number): (parents: string) => Statement {
    const shape = page.via === undefined ? this.#root(page, columns, withKeys, limit) : undefined;
    if (shape) return () => shape;
    const { text, before, after } = this.#nested(page, columns, withKeys, limit);
    return (parents) => ({ text, params: [...before, parents, ...after] });
  }

  /** One row: the number; below parents, rows of parent's position and number, absent where it is 0. */
  count(page: Page): (parents: string) => Statement {
    const { entity } = page.entity;
    const filter = this.#filters.compile(entity, 't', page.args.filter);
    const { table } = page.entity;
    if (page.via === undefined) {
      const clause = where([filter]);
      const text = this.#syntax.finish(`SELECT COUNT(*) FROM ${table} t${clause.text}`);
      return () => ({ text, params: clause.params });
    }
    const clause = where([{ text: `t."${page.via}" = p.value`, params: [] }, filter]);
    const text = this.#syntax.finish(
      `SELECT p.key, COUNT(*) FROM ${this.#syntax.list('p')} CROSS JOIN ${table} t${clause.text} GROUP BY p.key`,
    );
    return (parents) => ({ text, params: [parents, ...clause.params] });
  }

  #root(page: Page, columns: readonly string[], withKeys: boolean, limit: number): Statement {
    const { table, entity } = page.entity;
    const order = sortOrder(this.#layout, entity, 't', page.args.orderBy);
    const filter = this.#filters.compile(entity, 't', page.args.filter);
    const [ranges, bound] = this.#bounds(page, order);
    const clause = orderClause(order, this.#syntax, page.isBackward);
    const selected = [...columns.map(selectedColumn), ...order.keys.map((key) => key.expression)];
    const one = (range: Fragment | undefined, list: readonly string[]): Fragment => {
      const conditions = where([filter, bound, range]);
      return {
        text: `SELECT ${list.join(', ')} FROM ${table} t${order.joins}${conditions.text}${clause} LIMIT ?`,
        params: [...conditions.params, limit],
      };
    };
    const wanted = withKeys ? selected : selected.slice(0, columns.length);
    if (ranges.length <= 1) return this.#finish(one(ranges[0], wanted));
    // Several ranges are read each to the limit, and the first of all of them taken.
    const named = selected.map((column, at) => `${column} AS c${at}`);
    const union = joined(
      ranges.map((range, at) => {
        const { text, params } = one(range, named);
        return { text: `SELECT * FROM (${text}) r${at}`, params };
      }),
      ' UNION ALL ',
    );
    const keys = order.keys.map(
      (key, at) => `u.c${columns.length + at}${directionOf(key, this.#syntax, page.isBackward)}`,
    );
    const list = wanted.map((_, at) => `u.c${at}`).join(', ');
    return this.#finish({
      text: `SELECT ${list} FROM (${union.text}) u ORDER BY ${keys.join(', ')} LIMIT ?`,
      params: [...union.params, limit],
    });
  }

  #nested(page: Page, columns: readonly string[], withKeys: boolean, limit: number) {
    return this.#syntax.dialect === 'sqlite'
      ? this.#correlated(page, columns, withKeys, limit)
      : this.#lateral(page, columns, withKeys, limit);
  }

  /** SQLite: the list of parents drives; each parent's rows are found by a correlated LIMIT, never by a window. */
  #correlated(page: Page, columns: readonly string[], withKeys: boolean, limit: number) {
    const { table, entity } = page.entity;
    const inner = sortOrder(this.#layout, entity, 'x', page.args.orderBy);
    const outer = sortOrder(this.#layout, entity, 't', page.args.orderBy);
    const conditions = where([
      { text: `x."${page.via}" = p.value`, params: [] },
      this.#filters.compile(entity, 'x', page.args.filter),
      this.#within(page, inner),
    ]);
    const keys = withKeys ? outer.keys.map((key) => key.expression) : [];
    const list = [...columns.map(selectedColumn), ...keys, 'p.key'].join(', ');
    const picked = `SELECT x.rowid FROM ${table} x${inner.joins}${conditions.text}${orderClause(inner, this.#syntax, page.isBackward)} LIMIT ?`;
    const clause = orderClause(outer, this.#syntax, page.isBackward).replace(' ORDER BY ', ' ORDER BY p.key, ');
    const text = `SELECT ${list} FROM ${this.#syntax.list('p')} CROSS JOIN ${table} t${outer.joins} WHERE t.rowid IN (${picked})${clause}`;
    return { text, before: [], after: [...conditions.params, limit] };
  }

  /** PostgreSQL: a lateral subquery for each parent. */
  #lateral(page: Page, columns: readonly string[], withKeys: boolean, limit: number) {
    const { table, entity } = page.entity;
    const order = sortOrder(this.#layout, entity, 't', page.args.orderBy);
    const conditions = where([
      { text: `t."${page.via}" = p.value`, params: [] },
      this.#filters.compile(entity, 't', page.args.filter),
      this.#within(page, order),
    ]);
    const selected = [...columns.map(selectedColumn), ...order.keys.map((key) => key.expression)];
    const named = selected.map((column, at) => `${column} AS c${at}`).join(', ');
    const rows = `SELECT ${named} FROM ${table} t${order.joins}${conditions.text}${orderClause(order, this.#syntax, page.isBackward)} LIMIT ?`;
    const wanted = withKeys ? selected : selected.slice(0, columns.length);
    const list = [...wanted.map((_, at) => `q.c${at}`), 'p.key'].join(', ');
    const keys = order.keys.map(
      (key, at) => `q.c${columns.length + at}${directionOf(key, this.#syntax, page.isBackward)}`,
    );
    const text = this.#syntax.finish(
      `SELECT ${list} FROM ${this.#syntax.list('p')} CROSS JOIN LATERAL (${rows}) q ORDER BY p.key, ${keys.join(', ')}`,
    );
    return { text, before: [], after: [...conditions.params, limit] };
  }

  /** The ranges in reading direction, and the opposite bound as one condition. */
  #bounds(page: Page, order: SortOrder): readonly [readonly Fragment[], Fragment | undefined] {
    const [near, far] = page.isBackward ? [page.before, page.after] : [page.after, page.before];
    return [
      near ? orNothing(rangesBeyond(order, near, page.isBackward)) : [],
      far && either(rangesBeyond(order, far, !page.isBackward)),
    ];
  }

  #within(page: Page, order: SortOrder): Fragment | undefined {
    const [ranges, bound] = this.#bounds(page, order);
    const near = ranges.length > 0 ? either(ranges) : undefined;
    return near && bound ? joined([near, bound], ' AND ') : (near ?? bound);
  }

  #finish({ text, params }: Fragment): Statement {
    return { text: this.#syntax.finish(text), params };
  }
}

/** `NULL` keeps a place for what no column holds. */
export function selectedColumn(column: string): string {
  return column === 'NULL' ? column : `t.${column}`;
}

const NEVER: Fragment = { text: 'FALSE', params: [] };

function orNothing(ranges: readonly Fragment[]): readonly Fragment[] {
  return ranges.length > 0 ? ranges : [NEVER];
}

function either(ranges: readonly Fragment[]): Fragment {
  if (ranges.length === 0) return NEVER;
  const any = joined(
    ranges.map(({ text, params }) => ({ text: `(${text})`, params })),
    ' OR ',
  );
  return { text: `(${any.text})`, params: any.params };
}
