/** Reads a plan's levels: one statement each, however many rows; children of all rows together. */
import type { SqlValue } from '#store';
import type { BoundList, Level, ListLevel, ListRows, MutableRow, ReferenceLevel } from './levels.ts';
import { refreshLevel } from './live.ts';
import { chain, type MaybePromise, settled } from './maybe-promise.ts';
import { selectedColumn } from './page.ts';
import type { CollectionPlan, EntityPlan, ListPlan, ReferencePlan, RootPlan } from './plan.ts';
import type { Run } from './run.ts';
import { loadSources } from './sources.ts';

const NO_PARENTS = '';

/** What a root field has read. */
export type RootLevel =
  | { readonly kind: 'list'; readonly list: ListLevel }
  | { readonly kind: 'object'; readonly level: Level }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'error'; readonly error: unknown };

export function readRoot(run: Run, root: Exclude<RootPlan, { kind: 'typename' }>): MaybePromise<RootLevel> {
  const failed = (error: unknown): RootLevel => ({ kind: 'error', error });
  try {
    const read = startRoot(run, root);
    return read instanceof Promise ? read.catch(failed) : read;
  } catch (error) {
    return failed(error);
  }
}

function startRoot(run: Run, root: Exclude<RootPlan, { kind: 'typename' }>): MaybePromise<RootLevel> {
  if (root.kind === 'list')
    return chain(readList(run, run.lists[root.list.slot]!, undefined), (list) => ({ kind: 'list', list }));
  const args = run.argumentsOf(root.arguments) as Readonly<Record<string, string>>;
  const planOf = (entity: string | undefined) => (root.kind === 'node' ? root.targets.get(entity!) : root.target);
  return chain(readObject(run, root.kind, args, planOf), (level) =>
    level ? { kind: 'object', level } : { kind: 'nothing' },
  );
}

/** One object as a level of one row; undefined where there is none. */
export function readObject(
  run: Run,
  kind: 'byId' | 'bySource' | 'node',
  args: Readonly<Record<string, string>>,
  planOf: (entity: string | undefined) => EntityPlan | undefined,
): MaybePromise<Level | undefined> {
  // No id and no key has a zero byte, and PostgreSQL takes none in its texts.
  if (Object.values(args).some((arg) => arg.includes('\0'))) return undefined;
  if (kind === 'byId') return readOne(run, planOf(undefined)!, BY_ID, [args.id!, args.id!]);
  if (kind === 'bySource') {
    const plan = planOf(undefined)!;
    const key = run.graph.normalizeKey(args.connection!, args.stream!, args.sourceId!);
    return readOne(run, plan, BY_SOURCE, [args.connection!, args.stream!, key, plan.entity.name]);
  }
  const text = run.graph.syntax.finish(
    'SELECT c.entity, COALESCE(c.survivor, c.id) FROM canonical_id c WHERE c.id = ?',
  );
  return chain(run.graph.read(text, [args.id!]), ([found]): MaybePromise<Level | undefined> => {
    const plan = found && planOf(found[0] as string);
    return plan ? readOne(run, plan, BY_ID, [found[1]!, found[1]!]) : undefined;
  });
}

const BY_ID = 'COALESCE((SELECT c.survivor FROM canonical_id c WHERE c.id = ?), ?)';
const BY_SOURCE =
  '(SELECT k.canonical_id FROM identity_key k WHERE k.connection = ? AND k.stream = ? AND k.source_id = ? AND k.entity = ?)';

function readOne(run: Run, plan: EntityPlan, id: string, params: readonly SqlValue[]): MaybePromise<Level | undefined> {
  const columns = plan.columns.map(selectedColumn).join(', ');
  const text = run.graph.syntax.finish(`SELECT ${columns} FROM ${plan.layout.table} t WHERE t.id = ${id}`);
  return chain(
    run.graph.read(text, params),
    (rows): MaybePromise<Level | undefined> =>
      rows.length === 0 ? undefined : completeLevel(run, plan, rows as MutableRow[]),
  );
}

/** The rows are read: what hangs below them, and what a live read brings, is read together. */
export function completeLevel(run: Run, plan: EntityPlan, rows: MutableRow[]): MaybePromise<Level> {
  const level: Level = { plan, rows, references: [], lists: [] };
  if (plan.provenanceAt < 0 && plan.references.length === 0 && plan.collections.length === 0) return level;
  const waiting: MaybePromise<unknown>[] = [];
  if (rows.length > 0 && plan.provenanceAt >= 0) waiting.push(readAround(run, level));
  for (const reference of plan.references)
    waiting.push(
      chain(readReference(run, level, reference), (read) => {
        level.references[reference.index] = read;
      }),
    );
  if (plan.collections.length > 0) {
    const parents = JSON.stringify(rows.map((row) => row[0]));
    for (const collection of plan.collections) waiting.push(readCollection(run, level, collection, parents));
  }
  return chain(settled(waiting), () => level);
}

function readAround(run: Run, level: Level): MaybePromise<unknown> {
  const { plan } = level;
  const isLive = plan.units.some((unit) => unit.isLive || run.secondsOf(unit.staleness) !== undefined);
  if (!plan.asksSources && !isLive) return undefined;
  const fresh = chain(run.freshness ?? run.graph.freshness(), (freshness) => {
    run.freshness = freshness;
    return loadSources(run, level);
  });
  return isLive ? chain(fresh, () => refreshLevel(run, level)) : fresh;
}

function readCollection(run: Run, level: Level, { index, list }: CollectionPlan, parents: string): MaybePromise<void> {
  return chain(readList(run, run.lists[list.slot]!, { count: level.rows.length, json: parents }), (read) => {
    level.lists[index] = read;
  });
}

interface Parents {
  readonly count: number;
  readonly json: string;
}

export function readList(run: Run, bound: BoundList, parents: Parents | undefined): MaybePromise<ListLevel> {
  const list: ListLevel = { bound, targets: [] };
  if (bound.error) return list;
  const count = parents?.count ?? 1;
  const waiting: MaybePromise<unknown>[] = [];
  bound.plan.targets.forEach((target, at) => {
    if (count === 0) {
      list.targets[at] = noRows(target);
      return;
    }
    const { text, params } = bound.rows[at]!(parents?.json ?? NO_PARENTS);
    waiting.push(
      chain(run.graph.read(text, params), (rows) =>
        chain(listRows(run, bound, target, rows as MutableRow[], parents), (read) => {
          list.targets[at] = read;
        }),
      ),
    );
  });
  if (bound.count) waiting.push(readCounts(run, list, bound.count, parents));
  return chain(settled(waiting), () => list);
}

function noRows(plan: EntityPlan): ListRows {
  const level: Level = { plan, rows: [], references: [], lists: [] };
  return { level, starts: new Int32Array(1), hasMore: new Uint8Array(0), keysAt: 0 };
}

/** Groups the rows by parent, drops the one that only told that there is more, and reads what hangs below. */
function listRows(
  run: Run,
  bound: BoundList,
  plan: EntityPlan,
  rows: MutableRow[],
  parents: Parents | undefined,
): MaybePromise<ListRows> {
  const { size, isBackward } = bound.page!;
  const count = parents?.count ?? 1;
  const starts = new Int32Array(count + 1);
  const hasMore = new Uint8Array(count);
  const kept: MutableRow[] = [];
  let at = 0;
  for (let parent = 0; parent < count; parent++) {
    let end = at;
    if (parents) while (end < rows.length && rows[end]![rows[end]!.length - 1] === parent) end++;
    else end = rows.length;
    const last = Math.min(end, at + size);
    if (end > last) hasMore[parent] = 1;
    if (isBackward) for (let row = last - 1; row >= at; row--) kept.push(rows[row]!);
    else for (let row = at; row < last; row++) kept.push(rows[row]!);
    starts[parent + 1] = kept.length;
    at = end;
  }
  return chain(completeLevel(run, plan, kept), (level) => ({
    level,
    starts,
    hasMore,
    keysAt: plan.columns.length,
  }));
}

function readCounts(
  run: Run,
  list: ListLevel,
  statement: NonNullable<BoundList['count']>,
  parents: Parents | undefined,
): MaybePromise<void> {
  const counts = new Int32Array(parents?.count ?? 1);
  list.counts = counts;
  if (parents?.count === 0) return undefined;
  const { text, params } = statement(parents?.json ?? NO_PARENTS);
  return chain(run.graph.read(text, params), (rows) => {
    if (parents) for (const row of rows) counts[row[0] as number] = row[1] as number;
    else counts[0] = rows[0]![0] as number;
  });
}

/** A reference to what was never observed, or is no more, is an object with its id and nothing else. */
function readReference(run: Run, parent: Level, { at, target }: ReferencePlan): MaybePromise<ReferenceLevel> {
  const links = new Int32Array(parent.rows.length).fill(-1);
  const positions = new Map<string, number>();
  parent.rows.forEach((row, index) => {
    const id = row[at] as string | null;
    if (id === null) return;
    let position = positions.get(id);
    if (position === undefined) {
      position = positions.size;
      positions.set(id, position);
    }
    links[index] = position;
  });
  return chain(readRows(run, target, [...positions.keys()]), (rows) =>
    chain(completeLevel(run, target, rows), (level) => ({ level, links })),
  );
}

/** Rows by surviving id, in the order of the ids; stubs where there are none. */
export function readRows(run: Run, plan: EntityPlan, ids: readonly string[]): MaybePromise<MutableRow[]> {
  const rows = ids.map((id) => stub(plan, id));
  if (rows.length === 0 || plan.columns.length === 1) return rows;
  const positions = new Map(ids.map((id, at) => [id, at]));
  const columns = plan.columns.map(selectedColumn).join(', ');
  const text = run.graph.syntax.finish(
    `SELECT ${columns} FROM ${run.graph.syntax.list('p')} CROSS JOIN ${plan.layout.table} t WHERE t.id = p.value`,
  );
  return chain(run.graph.read(text, [JSON.stringify(ids)]), (found) => {
    for (const row of found) rows[positions.get(row[0] as string)!] = row as MutableRow;
    return rows;
  });
}

function stub(plan: EntityPlan, id: string): MutableRow {
  const row: MutableRow = new Array(plan.columns.length).fill(null);
  row[0] = id;
  return row;
}

/** Understands the arguments of every list of a plan. Statements do not depend on how many parents there will be. */
export function bindLists(run: Run, lists: readonly ListPlan[], slots: number): readonly (BoundList | undefined)[] {
  const bound: (BoundList | undefined)[] = new Array(slots);
  for (const plan of lists) bound[plan.slot] = bindList(run, plan);
  return bound;
}

export function bindList(run: Run, plan: ListPlan): BoundList {
  const { pages } = run.graph;
  try {
    const page = pages.page(plan.entity, plan.via, run.argumentsOf(plan.arguments));
    const limit = page.size + (plan.needsMore ? 1 : 0);
    return {
      plan,
      page,
      rows: plan.targets.map((target) => pages.rows(page, target.columns, plan.needsKeys, limit)),
      ...(plan.needsCount && { count: pages.count(page) }),
    };
  } catch (error) {
    return { plan, error: error as Error, rows: [] };
  }
}
