/** Which fields a selection asks for, in the order of the answer: fragments spread, `@skip` and `@include` applied. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export interface CollectContext {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Values of the Boolean variables that `@skip` and `@include` name. */
  readonly switches: Readonly<Record<string, unknown>>;
}

/** By response name: all nodes that ask for it, whose selections are merged. */
export type Collected = ReadonlyMap<string, readonly FieldNode[]>;

/** `types`: the object type and its interfaces, which is what a fragment here can be on. */
export function collectFields(
  context: CollectContext,
  types: readonly string[],
  sets: readonly (SelectionSetNode | undefined)[],
): Collected {
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of sets) if (set) collect(context, types, set, fields, visited);
  return fields;
}

function collect(
  context: CollectContext,
  types: readonly string[],
  set: SelectionSetNode,
  fields: Map<string, FieldNode[]>,
  visited: Set<string>,
): void {
  for (const selection of set.selections) {
    if (!isIncluded(selection, context.switches)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const known = fields.get(name);
      if (known) known.push(selection);
      else fields.set(name, [selection]);
      continue;
    }
    const named = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined;
    if (named !== undefined) {
      if (visited.has(named)) continue;
      visited.add(named);
    }
    const fragment = named === undefined ? selection : context.fragments.get(named);
    if (!fragment || fragment.kind === Kind.FRAGMENT_SPREAD) continue;
    const condition = fragment.typeCondition?.name.value;
    if (condition !== undefined && !types.includes(condition)) continue;
    collect(context, types, fragment.selectionSet, fields, visited);
  }
}

function isIncluded(node: SelectionNode, switches: Readonly<Record<string, unknown>>): boolean {
  if (!node.directives || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, switches)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, switches)?.if !== false;
}
