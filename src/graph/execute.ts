/** A plan carried out: what it needs is understood, read level by level, and written as one text. */
import type { GraphQLError } from 'graphql';
import type { Graph } from './graph.ts';
import type { BoundList } from './levels.ts';
import { checkCost, listsOf } from './limits.ts';
import { chain, type MaybePromise, settled } from './maybe-promise.ts';
import type { QueryPlan } from './plan.ts';
import { bindLists, type RootLevel, readRoot } from './read-levels.ts';
import { type ReadReport, Run } from './run.ts';
import { listWriter, MISSING, objectWriter } from './writer.ts';

export interface Answer {
  /** The JSON text of `data`. */
  readonly data: string;
  readonly errors: readonly GraphQLError[];
  readonly report: ReadReport | undefined;
}

interface Bound {
  readonly lists: readonly (BoundList | undefined)[];
}

const boundOnce = new WeakMap<QueryPlan, WeakMap<Graph, Bound>>();

/**
 * Understands the arguments with the request's coerced variables and checks them against the limits. Throws when the
 * request asks for too much; arguments that are wrong in themselves become errors of their fields.
 */
export function prepare(graph: Graph, plan: QueryPlan, variables: Readonly<Record<string, unknown>>): Run {
  const run = new Run(graph, variables);
  const once = plan.isConstant ? boundOnce.get(plan)?.get(graph) : undefined;
  if (once) {
    run.lists = once.lists;
    return run;
  }
  const lists = bindLists(run, listsOf(plan), plan.slots);
  checkCost(plan, lists, graph.limits);
  run.lists = lists;
  if (plan.isConstant) boundOnce.set(plan, (boundOnce.get(plan) ?? new WeakMap()).set(graph, { lists }));
  return run;
}

export function executePlan(run: Run, plan: QueryPlan): MaybePromise<Answer> {
  const levels: RootLevel[] = [];
  const reading = plan.roots.map((root, at) =>
    root.kind === 'typename'
      ? undefined
      : chain(readRoot(run, root), (level) => {
          levels[at] = level;
        }),
  );
  return chain(settled(reading), () => {
    const data = writeRoots(run, plan, levels);
    return { data, errors: run.errors, report: run.report() };
  });
}

function writeRoots(run: Run, plan: QueryPlan, levels: readonly RootLevel[]): string {
  let text = '';
  for (let at = 0; at < plan.roots.length; at++) {
    const root = plan.roots[at]!;
    const value = root.kind === 'typename' ? `"${root.name}"` : writeRoot(run, root, levels[at]!);
    if (value === MISSING) return 'null';
    text += `${at === 0 ? '{' : ','}"${root.key}":${value}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function writeRoot(
  run: Run,
  root: Exclude<QueryPlan['roots'][number], { kind: 'typename' }>,
  level: RootLevel,
): string {
  switch (level.kind) {
    case 'nothing':
      return 'null';
    case 'error':
      run.fail(level.error, root.key, root.kind === 'list' ? root.list.nodes : root.nodes);
      return root.kind === 'list' ? MISSING : 'null';
    case 'list':
      return root.kind === 'list' ? listWriter(root.list)(run, level.list, 0) : MISSING;
    case 'object': {
      run.path.push(root.key);
      const text = objectWriter(level.level.plan)(run, level.level, 0);
      run.path.pop();
      return text === MISSING ? 'null' : text;
    }
  }
}
