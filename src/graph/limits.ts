/** What one request may ask for. What a document says alone is checked once; what variables say, every time. */
import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { QueryLimits } from '#sdk';
import { requestRefusal } from './errors.ts';
import type { BoundList } from './levels.ts';
import { pageSize } from './page.ts';
import type { EntityPlan, ListPlan, QueryPlan } from './plan.ts';

interface Measure {
  readonly depth: number;
  readonly aliases: number;
}

/** Depth and aliases, fragments counted wherever they are spread. Introspection has a depth rule of its own. */
export function documentLimits(limits: Pick<QueryLimits, 'maxDepth' | 'maxAliases'>): ValidationRule {
  return (context: ValidationContext): ASTVisitor => {
    const known = new Map<string, Measure>();
    const fragment = (name: string): Measure => {
      const held = known.get(name);
      if (held) return held;
      // A fragment that spreads itself is refused by a rule of its own; here it must only end.
      known.set(name, { depth: 0, aliases: 0 });
      const definition: FragmentDefinitionNode | null | undefined = context.getFragment(name);
      const measured = definition ? measure(definition.selectionSet) : { depth: 0, aliases: 0 };
      known.set(name, measured);
      return measured;
    };
    const measure = (set: SelectionSetNode): Measure => {
      let depth = 0;
      let aliases = 0;
      for (const selection of set.selections) {
        if (selection.kind === Kind.FIELD && selection.name.value.startsWith('__')) continue;
        const below =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? fragment(selection.name.value)
            : selection.selectionSet
              ? measure(selection.selectionSet)
              : { depth: 0, aliases: 0 };
        const isField = selection.kind === Kind.FIELD;
        depth = Math.max(depth, below.depth + (isField ? 1 : 0));
        aliases += below.aliases + (isField && selection.alias ? 1 : 0);
      }
      return { depth, aliases };
    };
    return {
      OperationDefinition(node: OperationDefinitionNode) {
        const { depth, aliases } = measure(node.selectionSet);
        if (depth > limits.maxDepth)
          context.reportError(
            requestRefusal(
              'QUERY_TOO_DEEP',
              `The query is ${depth} fields deep; at most ${limits.maxDepth} are allowed.`,
              {
                nodes: node,
              },
            ),
          );
        if (aliases > limits.maxAliases)
          context.reportError(
            requestRefusal(
              'TOO_MANY_ALIASES',
              `The query has ${aliases} aliases; at most ${limits.maxAliases} are allowed.`,
              {
                nodes: node,
              },
            ),
          );
      },
    };
  };
}

/** Every list of a plan, at its place. */
export function listsOf(plan: QueryPlan): readonly ListPlan[] {
  const lists: ListPlan[] = [];
  const inEntity = (entity: EntityPlan) => {
    for (const reference of entity.references) inEntity(reference.target);
    for (const collection of entity.collections) inList(collection.list);
  };
  const inList = (list: ListPlan) => {
    lists.push(list);
    list.targets.forEach(inEntity);
  };
  for (const root of plan.roots) {
    if (root.kind === 'list') inList(root.list);
    else if (root.kind === 'node') for (const target of root.targets.values()) inEntity(target);
    else if (root.kind !== 'typename') inEntity(root.target);
  }
  return lists;
}

/** Throws when a page is too large, or the whole could be more rows than allowed: pages are multiplied on their path. */
export function checkCost(plan: QueryPlan, lists: readonly (BoundList | undefined)[], limits: QueryLimits): void {
  const entity = (target: EntityPlan): number => {
    let cost = 1;
    for (const reference of target.references) cost += entity(reference.target);
    for (const { list: inner } of target.collections) cost += list(inner);
    return cost;
  };
  const list = (inner: ListPlan): number => {
    const bound = lists[inner.slot];
    const size = bound?.page?.size ?? pageSize({}, limits.maxPageSize);
    if (size > limits.maxPageSize)
      throw requestRefusal(
        'PAGE_TOO_LARGE',
        `${inner.key}: a page of ${size} rows is too large; ask for at most ${limits.maxPageSize}, and for the rest with \`after\`.`,
        { nodes: inner.nodes },
      );
    return 1 + size * inner.targets.reduce((sum, target) => sum + entity(target), 0);
  };
  let cost = 0;
  for (const root of plan.roots) {
    if (root.kind === 'list') cost += list(root.list);
    else if (root.kind === 'node') cost += Math.max(...[...root.targets.values()].map(entity));
    else if (root.kind !== 'typename') cost += entity(root.target);
  }
  if (cost > limits.maxCost)
    throw requestRefusal(
      'QUERY_TOO_COSTLY',
      `The query could return ${cost} rows; at most ${limits.maxCost} are allowed. Ask for smaller pages, or for less below them.`,
    );
}
